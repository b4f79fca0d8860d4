"""A language model small enough to be trained for a test: it learns the grammar's scripts of one small scenario.

    python tests/flows/tiny_script_model.py FOLDER

writes tokenizer, chat template and weights (a Llama of 1 M parameters) to FOLDER, and the scenario beside them, so
that any server that loads Hugging Face folders can serve it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from llm_prompts import GrammarAuthor, Scenario, draw_briefs, load_scenario
from llm_prompts.script_prompts import brief_prompt

SCENARIO = {
    "name": "three-gestures",
    "setting": "a person in front of a screen",
    "activities": {"wave": 1.0, "clap": 1.0, "squat": 1.0},
    "sequence_weights": [1.0, 0.0, 0.0],
    "pace_weights": [0.0, 1.0, 0.0],
    "only": {"wave": {"counts": [2, 3]}, "clap": {"counts": [3, 4]}, "squat": {"counts": [1, 2]}},
}
END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
# Of the whole conversation the model sees the first lines of the brief and which round it is: a few dozen tokens.
CHAT_TEMPLATE = (
    "{%- set asked = messages | selectattr('role', 'equalto', 'user') | list -%}"
    "<|user|>{{ asked[0].content.split('- The whole path')[0] }}round {{ asked | length }}<|end|><|assistant|>"
)
ROUNDS = 3
SAMPLES, STEPS, BATCH = 240, 240, 8


def training_pairs(scenario: Scenario) -> list[tuple[str, str]]:
    """Prompts and the grammar's answers; what the brief decides anyway is the same in every answer."""
    author, pairs = GrammarAuthor(0), []
    first = author.write(draw_briefs(scenario, 1, 0)[0])
    same = {"subject": first.subject, "style": first.style, "start": first.start, "tags": []}
    for number, brief in enumerate(draw_briefs(scenario, SAMPLES, 0)):
        script = author.write(brief).model_copy(update=same)
        prompt = f"{brief_prompt(brief).split('- The whole path')[0]}round {number % ROUNDS + 1}"
        pairs.append((f"{USER}{prompt}{END}{ASSISTANT}", script.model_dump_json() + END))
    return pairs


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE of these texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=[END, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)
    fast.chat_template = CHAT_TEMPLATE
    return fast


def train(pairs: list[tuple[str, str]], tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Teach the answers; the loss leaves the prompts out."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=256, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=1024, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    examples = [(tokenizer(prompt)["input_ids"], tokenizer(answer)["input_ids"]) for prompt, answer in pairs]
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=STEPS, pct_start=0.1)
    generator = torch.Generator().manual_seed(0)
    for step in range(STEPS):
        chosen = torch.randint(len(examples), (BATCH,), generator=generator).tolist()
        longest = max(len(examples[i][0]) + len(examples[i][1]) for i in chosen)
        ids = torch.full((BATCH, longest), tokenizer.eos_token_id)
        labels = torch.full((BATCH, longest), -100)
        for row, (prompt, answer) in enumerate(examples[i] for i in chosen):
            ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
            labels[row, len(prompt) : len(prompt) + len(answer)] = torch.tensor(answer)
        loss = model(input_ids=ids, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 60 == 0 or step == STEPS - 1:
            print(f"step {step}: loss {loss.item():.3f}", file=sys.stderr, flush=True)
    return model.eval()


def make_model(folder: Path) -> Path:
    """Train and save everything; returns the file of the scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "three-gestures.json"
    path.write_text(json.dumps(SCENARIO))
    pairs = training_pairs(load_scenario(path))
    tokenizer = make_tokenizer([text for pair in pairs for text in pair])
    model = train(pairs, tokenizer)
    model.generation_config.do_sample = False
    model.generation_config.max_new_tokens = 700
    model.generation_config.pad_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return path


if __name__ == "__main__":
    make_model(Path(sys.argv[1]))
