"""Tables of what authors are asked and what they write: scenarios, requests to language models, scripts."""

from __future__ import annotations

import pyarrow as pa

from .columns import column, float_column, int_column, json_column, made_columns, since, text_column
from .table_spec import TableSpec

CAPTION = pa.struct([("text", pa.string()), ("style", pa.string())])


REQUESTS = TableSpec(
    "requests",
    "calls of a language model that were answered: cache, resume and ledger; equal calls are paid once",
    ("request_id",),
    pa.schema(
        [
            text_column("request_id", "hash of model, messages, brief, seed and schema"),
            text_column("purpose", "what was asked for: script, captions, questions or scenario"),
            text_column("model", "name of the language model that was asked"),
            text_column("answered_by", "name of the model that the server says has answered", null=True),
            json_column("templates", "prompt template -> version and first digits of its hash"),
            json_column("messages", "the whole rendered prompt, as sent"),
            text_column("brief_hash", "hash of what was asked for; empty where no brief is behind it"),
            int_column("seed", "seed that was sent, or that varies the prompt"),
            text_column("schema_hash", "hash of the JSON schema of the answer"),
            text_column("format", "how the answer's form was asked for: json_schema, json_object or text"),
            text_column(
                "status", "answered, refused (by the model or its filter), truncated, empty or too_large"
            ),
            text_column("answer", "what the model wrote, untouched; null where it wrote nothing", null=True),
            text_column("finish_reason", "why the model stopped, as the server says", null=True),
            int_column(
                "prompt_tokens", "tokens read, as the server counted; null: it did not say", null=True
            ),
            int_column(
                "completion_tokens", "tokens written, as the server counted; null: it did not say", null=True
            ),
            float_column(
                "cost_usd", "price of the call; null: the model's price is not known", "USD", null=True
            ),
            float_column("latency_s", "from sending to the whole answer", "s"),
            since(
                2, int_column("answer_cap", "tokens that the answer was allowed; null: unknown", null=True)
            ),
            *made_columns(),
        ]
    ),
    added_later=True,
    lookup=("brief_hash",),
)

SCENARIOS = TableSpec(
    "scenarios",
    "what datasets were asked to cover: activities, people, rooms, placement, wording",
    ("scenario_id",),
    pa.schema(
        [
            text_column("scenario_id", "content hash of the scenario"),
            text_column("name", "name of the scenario"),
            text_column("version", "version that the scenario gives itself"),
            text_column("source", "built-in, file or text (turned into a scenario by an author)"),
            text_column("text", "the free text that it was made from; null: none", null=True),
            json_column("scenario", "the whole scenario"),
            *made_columns(),
        ]
    ),
    added_later=True,
)

SCRIPTS = TableSpec(
    "scripts",
    "motion scripts: validated plans of one clip each",
    ("script_id",),
    pa.schema(
        [
            text_column("script_id", "content hash of the script"),
            text_column("scenario", "name of the scenario that asked for it"),
            json_column("brief", "the brief that the author was given"),
            text_column("author", 'who wrote it: "grammar" or "model"'),
            text_column("author_model", "name of the language model; null: the grammar", null=True),
            text_column(
                "request_hash",
                "hash of what the author was asked; its calls of a language model are in request_ids",
                null=True,
            ),
            text_column("activity", "activity label of the main step"),
            text_column("title", "title of the script"),
            json_column("script", "the whole motion script"),
            column(
                "captions",
                pa.list_(CAPTION),
                "captions that came with the script",
                null=True,
            ),
            int_column("seed", "seed of the author"),
            since(
                2,
                text_column("scenario_id", "the scenario that asked for it: its row in scenarios", null=True),
            ),
            since(
                2,
                column(
                    "request_ids",
                    pa.list_(pa.string()),
                    "the requests that it and its words were paid for: rows of requests, in the order asked",
                    null=True,
                ),
            ),
            since(
                2,
                float_column(
                    "cost_usd", "price of these requests; 0: the grammar; null: not known", "USD", null=True
                ),
            ),
            since(2, text_column("gap_id", "the gap of a model that asked for it; null: none", null=True)),
            *made_columns(),
        ]
    ),
    lookup=("scenario_id", "gap_id"),
)
