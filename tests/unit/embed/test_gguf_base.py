"""A GGUF file as the base of a training: the same weights as the model that it was written from."""

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from catalograph.embed.language_model.base import load_base
from catalograph.embed.language_model.persistence import (
    MERGED,
    LearnedData,
    load_trained,
    train_language_model,
)
from catalograph.embed.language_model.rows import ask
from catalograph.embed.language_model.settings import LanguageModelSettings

gguf = pytest.importorskip("gguf")
auto: Any = transformers
_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_LAYERS = 2


def make_model() -> Any:
    torch.manual_seed(1)
    config = auto.Qwen2Config(
        vocab_size=len(byte_tokens()),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
    )
    return auto.Qwen2ForCausalLM(config).eval()


def byte_tokens() -> list[str]:
    """Return the characters that stand for bytes in byte-level BPE, and the marks of the family."""
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    return [*bytes_to_unicode().values(), "Ġa", "Ġb", *_MARKS]


def write_gguf(model: Any, file: Path) -> None:
    """Write a model as llama.cpp's converter would, in float32."""
    config, tokens = model.config, byte_tokens()
    writer = gguf.GGUFWriter(str(file), "qwen2")
    writer.add_block_count(_LAYERS)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in _MARKS else 1 for token in tokens])
    writer.add_token_merges(["Ġ a", "Ġ b"])
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_pad_token_id(len(tokens) - 1)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, _LAYERS)
    for name, part in model.state_dict().items():
        if name != "lm_head.weight":
            known = names.get_name(name, try_suffixes=(".weight", ".bias"))
            writer.add_tensor(known, part.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_gguf_file_is_trained_and_merged(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    model = make_model()
    write_gguf(model, file)
    settings = LanguageModelSettings(
        str(file), size=4, length=64, batch=4, epochs=2, learning_rate=1e-2
    )
    base = load_base(settings)
    ids = torch.tensor([[1, 5, 9, 200]])
    with torch.inference_mode():
        expected = model(input_ids=ids).logits
        torch.testing.assert_close(base.model.eval()(input_ids=ids).logits, expected)
    dialogues = [ask(f"say {n}", "yes") for n in range(40)]
    card = train_language_model(
        LearnedData(dialogues=dialogues), tmp_path / "out", settings, merge=True
    )
    assert card["metrics"]["validation"] < card["metrics"]["validation_before"]
    trained = load_trained(tmp_path / "out")
    merged = auto.AutoModelForCausalLM.from_pretrained(tmp_path / "out" / MERGED).eval()
    with torch.inference_mode():
        found = trained.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        torch.testing.assert_close(merged(input_ids=ids).logits, found, atol=1e-5, rtol=1e-4)
