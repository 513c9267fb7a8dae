"""Language models of one's own, with transformers of two small layers."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.language_model.base import load_base
from catalograph.embed.language_model.examples import (
    IGNORED,
    ExampleSet,
    encode_dialogues,
    encode_halves,
    encode_sentences,
)
from catalograph.embed.language_model.generation import answer_dialogues, perplexity
from catalograph.embed.language_model.persistence import (
    MERGED,
    MODEL,
    LearnedData,
    encode_data,
    load_trained,
    train_language_model,
)
from catalograph.embed.language_model.rows import (
    ChatTurn,
    Dialogue,
    ask,
    read_dialogues,
    read_texts,
    write_dialogues,
)
from catalograph.embed.language_model.settings import Adapter, LanguageModelSettings, Objective
from catalograph.errors import ConfigError, TrainingDataError
from catalograph.evaluation.language_model import is_same_answer
from tests.tiny_decoder import COLOURS, THINGS, WORDS, write_tiny_decoder, write_word_tokenizer

# Much of the library is untyped.
auto: Any = transformers


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_tiny_decoder(tmp_path_factory.mktemp("decoder"))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(1)
    config = auto.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=64,
    )
    auto.BertModel(config).save_pretrained(folder)
    write_word_tokenizer(folder, encoder=True)
    return str(folder)


def copies(count: int = 150, seed: int = 0) -> list[Dialogue]:
    """Questions whose answer repeats them: what a model has to look up in its prompt."""
    draw = random.Random(seed)
    pairs = [(draw.choice(COLOURS), draw.choice(THINGS)) for _ in range(count)]
    return [ask(f"copy {one} {two}", f"{one} {two}", kind="copy") for one, two in pairs]


def shop_texts(count: int = 120, seed: int = 0) -> list[str]:
    """Texts in which each thing has one colour, so that there is something to learn."""
    draw = random.Random(seed)
    named = [THINGS[draw.randrange(4)] for _ in range(count)]
    return [f"the {thing} is a {COLOURS[THINGS.index(thing)]} {thing}" for thing in named]


def settings_of(base: str, **named: Any) -> LanguageModelSettings:
    usual: dict[str, Any] = {
        "adapter": "full",
        "learning_rate": 5e-3,
        "length": 48,
        "batch": 16,
        "epochs": 4,
    }
    return LanguageModelSettings(base, **(usual | named))


def fall(card: dict[str, Any]) -> float:
    """Return by how much a training lowered the validation loss, as a share."""
    before, after = card["metrics"]["validation_before"], card["metrics"]["validation"]
    return float(1 - after / before)


def test_a_decoder_learns_to_copy(decoder: str, tmp_path: Path) -> None:
    settings = settings_of(decoder, epochs=40, patience=40, learning_rate=1e-2)
    train_language_model(LearnedData(dialogues=copies()), tmp_path, settings)
    trained = load_trained(tmp_path)
    asked = copies(20, seed=9)
    assert [one.completion for one in asked] == list(answer_dialogues(trained, asked))


@pytest.mark.parametrize("objective", ["causal", "seq2seq"])
def test_a_decoder_learns_texts(decoder: str, tmp_path: Path, objective: Objective) -> None:
    settings = settings_of(decoder, objective=objective, epochs=30, learning_rate=1e-2)
    card = train_language_model(LearnedData(shop_texts()), tmp_path, settings)
    assert fall(card) > 0.6


@pytest.mark.parametrize("next_sentence", [False, True])
@pytest.mark.parametrize("adapter", ["full", "lora", "ia3"])
def test_an_encoder_learns_masked_tokens(
    encoder: str, tmp_path: Path, adapter: Adapter, next_sentence: bool
) -> None:
    settings = settings_of(
        encoder,
        objective="mlm",
        adapter=adapter,
        next_sentence=next_sentence,
        epochs=8,
        masked=0.3,
        learning_rate=1e-2,
    )
    card = train_language_model(LearnedData(shop_texts()), tmp_path, settings, merge=True)
    assert fall(card) > 0.1
    # What is merged is an encoder to train models of other tasks on.
    merged = auto.AutoModel.from_pretrained(tmp_path / MERGED)
    assert merged.config.model_type == "bert"
    trained = load_trained(tmp_path)
    texts, _ = encode_data(LearnedData(shop_texts(20, 5)), trained.tokenizer, settings)
    base = load_base(settings)
    trained_loss = perplexity(trained, texts, 0.3)
    trained.model = base.model.eval()
    assert trained_loss < perplexity(trained, texts, 0.3)


@pytest.mark.parametrize(("adapter", "rate"), [("lora", 2e-2), ("ia3", 0.3), ("prefix", 0.3)])
def test_an_adapter_is_saved_loaded_and_merged(
    decoder: str, tmp_path: Path, adapter: Adapter, rate: float
) -> None:
    settings = settings_of(decoder, adapter=adapter, size=4, learning_rate=rate, epochs=6)
    mergeable = adapter != "prefix"
    data = LearnedData(dialogues=copies())
    card = train_language_model(data, tmp_path, settings, merge=mergeable)
    assert fall(card) > 0.05
    assert 0 < card["trained_parameters"] < card["base"]["parameters"]
    trained = load_trained(tmp_path)
    examples, _ = encode_data(data, trained.tokenizer, settings)
    plain = load_base(settings).model.eval()
    ids = torch.tensor([examples[0].ids])
    with torch.inference_mode():
        found = trained.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        assert not torch.allclose(found, plain(input_ids=ids).logits, atol=1e-3)
        if mergeable:
            merged = auto.AutoModelForCausalLM.from_pretrained(tmp_path / MERGED).eval()
            torch.testing.assert_close(merged(input_ids=ids).logits, found, atol=1e-5, rtol=1e-4)
    # The folder for servers answers by itself.
    if mergeable:
        tokenizer = auto.AutoTokenizer.from_pretrained(tmp_path / MERGED)
        assert "assistant" in tokenizer.apply_chat_template(
            [{"role": "user", "content": "copy red lamp"}],
            tokenize=False,
            add_generation_prompt=True,
        )


class KilledError(Exception):
    """What ends a training in the middle."""


def kill_at(step: int) -> Callable[[str], None]:
    def stop(line: str) -> None:
        if line.startswith(f"step {step} ") and "validation" in line:
            raise KilledError

    return stop


@pytest.mark.parametrize(
    ("objective", "adapter"), [("instruct", "lora"), ("mlm", "full"), ("causal", "lora")]
)
def test_a_resumed_training_equals_an_uninterrupted_one(
    decoder: str, encoder: str, tmp_path: Path, objective: Objective, adapter: Adapter
) -> None:
    base = encoder if objective == "mlm" else decoder  # the encoder has dropout
    settings = settings_of(
        base, objective=objective, adapter=adapter, batch=4, accumulation=2, checks=7, epochs=2
    )
    data = LearnedData(shop_texts(), copies())
    whole = train_language_model(data, tmp_path / "whole", settings)
    steps = [int(entry["step"]) for entry in whole["history"] if "eval_loss" in entry]
    with pytest.raises(KilledError):
        train_language_model(data, tmp_path / "cut", settings, progress=kill_at(steps[2]))
    assert (tmp_path / "cut" / "work").is_dir()
    resumed = train_language_model(data, tmp_path / "cut", settings)
    assert resumed["history"] == whole["history"]
    assert resumed["metrics"] == whole["metrics"]
    name = "model.safetensors" if adapter == "full" else "adapter_model.safetensors"
    first, second = (
        load_file(tmp_path / folder / MODEL / "adapter" / name) for folder in ("whole", "cut")
    )
    assert all(torch.equal(part, second[name]) for name, part in first.items())
    assert not (tmp_path / "cut" / "work").exists()


def test_a_training_stopped_by_time_goes_on(decoder: str, tmp_path: Path) -> None:
    settings = settings_of(decoder, adapter="lora", epochs=3)
    data = LearnedData(dialogues=copies())
    first = train_language_model(data, tmp_path, settings, minutes=1e-6)
    assert (first["steps"], first["finished"]) == (1, False)
    assert load_trained(tmp_path).card["steps"] == 1
    last = train_language_model(data, tmp_path, settings)
    assert last["finished"]
    assert last["steps"] > 20


def test_a_training_stops_early(decoder: str, tmp_path: Path) -> None:
    settings = settings_of(decoder, epochs=30, patience=1, checks=60, learning_rate=0.3)
    card = train_language_model(LearnedData(dialogues=copies(60)), tmp_path, settings)
    assert card["steps"] < 30 * 4
    losses = [entry["eval_loss"] for entry in card["history"] if "eval_loss" in entry]
    assert card["metrics"]["validation"] == pytest.approx(min(losses), rel=1e-3)


def test_activations_computed_again_change_nothing(decoder: str, tmp_path: Path) -> None:
    data = LearnedData(dialogues=copies(60))
    losses = [
        train_language_model(
            data,
            tmp_path / str(again),
            settings_of(decoder, adapter="lora", epochs=1, checkpointing=again),
        )["metrics"]["validation"]
        for again in (False, True)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_folder_of_another_training_is_refused(decoder: str, tmp_path: Path) -> None:
    settings = settings_of(decoder, adapter="lora")
    train_language_model(LearnedData(dialogues=copies()), tmp_path, settings, minutes=1e-6)
    with pytest.raises(ConfigError, match="is of another training: data_hash"):
        train_language_model(LearnedData(dialogues=copies(140)), tmp_path, settings)


def test_an_adapter_of_another_base_is_refused(decoder: str, tmp_path: Path) -> None:
    settings = settings_of(decoder, adapter="lora", epochs=1)
    train_language_model(LearnedData(dialogues=copies(40)), tmp_path / "trained", settings)
    other = auto.AutoModelForCausalLM.from_pretrained(decoder)
    torch.nn.init.ones_(other.model.norm.weight.data[:1].fill_(2))
    other.model.norm.weight.data += 1
    other.save_pretrained(tmp_path / "other")
    write_word_tokenizer(tmp_path / "other")
    with pytest.raises(ConfigError, match="are not those that the adapter"):
        load_trained(tmp_path / "trained", str(tmp_path / "other"))


def test_only_the_assistants_turns_are_learned(decoder: str) -> None:
    tokenizer = load_base(settings_of(decoder)).tokenizer
    turns = (
        ChatTurn("system", "the"),
        ChatTurn("user", "red"),
        ChatTurn("assistant", "lamp"),
        ChatTurn("user", "blue"),
        ChatTurn("assistant", "tent mug"),
    )
    examples, too_long = encode_dialogues([Dialogue(turns)], tokenizer, 48)
    [one] = examples
    learned = [token for token in one.labels if token != IGNORED]
    assert tokenizer.decode(learned) == "lamp </s> tent mug </s>"
    assert too_long == 0
    assert encode_dialogues([Dialogue(turns)], tokenizer, 10) == ([], 1)


def test_masks_depend_on_seed_epoch_and_place(encoder: str) -> None:
    tokenizer = load_base(settings_of(encoder, objective="mlm")).tokenizer
    examples = encode_sentences(shop_texts(6), tokenizer, 48)

    def masked(epoch: int, seed: int = 0) -> list[list[int]]:
        items = ExampleSet(examples, tokenizer, 0.3, seed, epoch)
        return [items[n]["input_ids"].tolist() for n in (5, 0, 3)]

    assert masked(1) == masked(1)
    assert masked(0) != masked(1)
    assert masked(0) != masked(0, seed=1)
    items = ExampleSet(examples, tokenizer, 0.01)
    assert all((items[n]["labels"] != IGNORED).any() for n in range(6))


def test_every_other_second_half_is_of_another_text(encoder: str) -> None:
    tokenizer = load_base(settings_of(encoder, objective="mlm")).tokenizer
    examples = encode_halves(shop_texts(10), tokenizer, 48, 0)
    assert [one.follows for one in examples] == [0, 1] * 5
    assert set(examples[0].kinds) == {0, 1}


def test_rows_of_each_form_are_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_dialogues(copies(3), file)
    assert read_dialogues(file) == copies(3)
    file.write_text('{"prompt": "a", "completion": "b", "system": "c"}\n\n')
    assert read_dialogues(file) == [ask("a", "b", system="c")]
    file.write_text('{"text": "a"}\n{"text": " "}\n')
    assert read_texts(file) == ["a"]
    plain = tmp_path / "texts.txt"
    plain.write_text("one\n\ntwo\n")
    assert read_texts(plain) == ["one", "two"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Line 1 of .* is no JSON"),
        ('{"prompt": "a"}', "Line 1 of .* is no dialogue .'completion'"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "the last turn is not an answer"),
        ('{"messages": [{"role": "bot", "content": "a"}]}', "the role 'bot' is none of"),
        ("", "has no dialogues"),
    ],
)
def test_a_row_that_is_no_dialogue_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(line)
    with pytest.raises(TrainingDataError, match=told):
        read_dialogues(file)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"adapter": "lorra"}, "no adapter 'lorra'.*Did you mean 'lora'"),
        ({"objective": "mask"}, "no objective 'mask'"),
        ({"adapter": "prefix", "checkpointing": True}, "prefix cannot be trained"),
        ({"next_sentence": True}, "choose mlm"),
        ({"length": 2}, "length is 2"),
        ({"warmup": 1.0}, "warmup is 1.0"),
    ],
)
def test_settings_are_checked(named: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        LanguageModelSettings("base", **named)


def test_what_cannot_be_loaded_is_named(decoder: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="could not be loaded as a decoder"):
        load_base(settings_of(str(tmp_path)))
    with pytest.raises(ConfigError, match="is no trained language model"):
        load_trained(tmp_path)
    settings = settings_of(decoder, length=8)
    with pytest.raises(TrainingDataError, match="longer than 8 tokens"):
        train_language_model(LearnedData(dialogues=copies(20)), tmp_path, settings)


def test_answers_in_json_are_compared_as_values() -> None:
    assert is_same_answer(' {"b": 1, "a": 2}', '{"a": 2, "b": 1}')
    plan = '{"plans": [{"op": "find", "of": {"words": ["mug"]}}]}'
    full = '{"plans": [{"of": {"words": ["mug"], "brands": []}, "op": "find", "limit": 10}]}'
    assert is_same_answer(plan, full)
    assert not is_same_answer(plan, '{"plans": []}')
    assert not is_same_answer("cancel_order", "track_order")


def test_the_command_line_trains_and_measures(decoder: str, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out"
    write_dialogues(copies(), rows)
    run = CliRunner().invoke(
        app,
        ["train", "lm", "--base", decoder, "--rows", str(rows), "--output", str(out), "--length",
         "48", "--adapter", "lora", "--learning-rate", "0.02", "--merge", "--json"],
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    card = json.loads(run.stdout)
    assert card["data"]["kinds"] == {"copy": 150}
    assert card["metrics"]["validation"] < card["metrics"]["validation_before"]
    assert f"weights BLAKE2b-256 `{card['base']['weights']}`" in (
        out / MODEL / "card.md"
    ).read_text(encoding="utf-8")
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(shop_texts(10)))
    measured = CliRunner().invoke(
        app,
        ["eval", "lm", "--trained", str(out), "--rows", str(rows), "--texts", str(texts),
         "--limit", "20", "--answer", "8", "--json"],
    )  # fmt: skip
    assert measured.exit_code == 0, measured.output
    before, after = json.loads(measured.stdout)["rows"]
    assert (before["model"], after["model"]) == ("before", "after")
    names = {"perplexity", "perplexity_of_answers", "exact_match"}
    assert set(before["metrics"]) == set(after["metrics"]) == names
    assert after["metrics"]["perplexity_of_answers"] < before["metrics"]["perplexity_of_answers"]


def test_texts_and_rows_are_not_confused(decoder: str, tmp_path: Path) -> None:
    base = ["train", "lm", "--base", decoder, "--output", str(tmp_path / "out")]
    run = CliRunner().invoke(app, base)
    assert "Dialogues are learned from --rows" in str(run.exception)
    run = CliRunner().invoke(app, [*base, "--objective", "causal", "--rows", "rows.jsonl"])
    assert "--rows are learned by --objective instruct" in str(run.exception)


@pytest.mark.slow
def test_two_processes_learn_as_well_as_one(decoder: str, tmp_path: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    arguments = ["--nproc_per_node", "2", __file__, decoder, str(tmp_path / "two")]
    root = str(Path(__file__).parents[3])
    subprocess.run([*torchrun, *arguments], check=True, env=os.environ | {"PYTHONPATH": root})
    two = load_trained(tmp_path / "two").card
    one = train_in(decoder, tmp_path / "one", batch=16)
    assert two["steps"] == one["steps"]
    assert two["metrics"]["validation_before"] == pytest.approx(
        one["metrics"]["validation_before"], rel=0.05
    )
    assert fall(two) == pytest.approx(fall(one), abs=0.1)


def train_in(base: str, folder: Path, batch: int) -> dict[str, Any]:
    settings = settings_of(
        base, batch=batch, adapter="lora", learning_rate=2e-2, epochs=2, patience=99
    )
    return train_language_model(LearnedData(dialogues=copies(176)), folder, settings)


if __name__ == "__main__":
    train_in(sys.argv[1], Path(sys.argv[2]), batch=8)
