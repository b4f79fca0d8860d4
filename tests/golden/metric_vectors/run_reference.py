"""Score {id: [references]} against {id: [candidate]} with the unmodified pycocoevalcap 1.2.

Needs Java (17 works) and `pip install pycocoevalcap==1.2`. Run it beside the JSON files to check
that the stored values come out again; nothing else in this folder needs Java.
"""

import contextlib
import io
import json
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

HERE = Path(__file__).parent


def tokenize(texts):
    """PTB-tokenise {id: [text]}; lower-cases and drops punctuation."""
    return PTBTokenizer().tokenize(
        {key: [{"caption": text} for text in group] for key, group in texts.items()}
    )


def score(references, candidates):
    """Corpus values and per-item values; both arguments are {id: [tokenised text]}."""
    corpus, per_item = {}, {}
    scorers = [
        (Bleu(4), ["Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4"]),
        (Meteor(), ["METEOR"]),
        (Rouge(), ["ROUGE_L"]),
        (Cider(), ["CIDEr"]),
    ]
    for scorer, names in scorers:
        with contextlib.redirect_stdout(io.StringIO()):
            total, each = scorer.compute_score(references, candidates)
        if len(names) == 1:
            total, each = [total], [each]
        for name, value, values in zip(names, total, each, strict=True):
            corpus[name] = float(value)
            per_item[name] = [float(v) for v in values]
    return corpus, per_item


def main():
    worst = 0.0
    for case in json.loads((HERE / "small_vectors.json").read_text(encoding="utf-8")):
        references, candidates = case["tokens"]["refs"], case["tokens"]["cands"]
        corpus, _ = score(references, {key: [text] for key, text in candidates.items()})
        worst = max(worst, *(abs(corpus[name] - case["pycocoevalcap_1_2"][name]) for name in corpus))
    print(f"small_vectors: largest difference {worst:.2e}")

    items = json.loads((HERE / "fakecap_subset_inputs.json").read_text(encoding="utf-8"))
    references = tokenize({item["image_id"]: item["references"] for item in items})
    candidates = tokenize({item["image_id"]: [item["candidate"]] for item in items})
    assert all(references[i["image_id"]] == i["references_ptb"] for i in items)
    assert all(candidates[i["image_id"]] == [i["candidate_ptb"]] for i in items)
    expected = json.loads((HERE / "fakecap_subset_expected.json").read_text(encoding="utf-8"))
    corpus, per_item = score(references, candidates)
    worst = max(abs(corpus[name] - expected["corpus"][name]) for name in corpus)
    for name, values in per_item.items():
        stored = [expected["per_image"][name][str(key)] for key in references]
        worst = max(worst, max(abs(a - b) for a, b in zip(values, stored, strict=True)))
    print(f"fakecap_subset: largest difference {worst:.2e}")


if __name__ == "__main__":
    main()
