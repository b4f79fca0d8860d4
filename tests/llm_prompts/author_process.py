"""A process that asks a server for scripts, for tests that kill it or let two run at once.

author_process.py LAKE ADDRESS N_BRIEFS CONCURRENCY [ROWS_PER_COMMIT]: prints one script id per line, then its
calls and reused answers.
"""

from __future__ import annotations

import sys

from model_setup import KEY, briefs_of

from data_lake import Lake, content_id
from llm_prompts import request_store
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_client import open_model_client


def main() -> None:
    """Write the scripts."""
    root, address, n_briefs, concurrency, *rows_per_commit = sys.argv[1:]
    for rows in rows_per_commit:
        request_store.ROWS_PER_COMMIT = int(rows)
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": address, "MMFLYWHEEL_MODEL": "test-model"}
    with open_model_client(environment, Lake.create(root), "run-1", concurrency=int(concurrency)) as client:
        author = ModelAuthor(client)
        for _, script in author.write_many(briefs_of(int(n_briefs))):
            print(content_id("scp", script.model_dump(mode="json")) if script else None, flush=True)
        print(author.counts.calls, author.counts.reused)


if __name__ == "__main__":
    main()
