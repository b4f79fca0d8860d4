"""Tokenise the texts of tokenizer_cases.json again with the unmodified pycocoevalcap 1.2 and compare.

Needs Java (17 works) and `pip install pycocoevalcap==1.2`. With `--write` the stored tokens are replaced by
what the reference returns, so a case is added by writing its text with empty tokens.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

CASES = Path(__file__).parent / "tokenizer_cases.json"


def main() -> None:
    stored = json.loads(CASES.read_text(encoding="utf-8"))
    for cases in stored.values():
        texts = {index: [{"caption": case["text"]}] for index, case in enumerate(cases)}
        tokens = PTBTokenizer().tokenize(texts)
        changed = sum(tokens[index][0] != case["tokens"] for index, case in enumerate(cases))
        print(f"{changed} of {len(cases)} differ")
        for index, case in enumerate(cases):
            case["tokens"] = tokens[index][0]
    if "--write" in sys.argv:
        CASES.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
