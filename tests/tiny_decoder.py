"""A transformer of two small layers that predicts the next of a few words."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

# Much of the library is untyped.
auto: Any = transformers
COLOURS = ("red", "blue", "green", "black", "white", "pink")
THINGS = ("lamp", "tent", "mug", "case")
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "</s>")
WORDS = (*MARKS, *COLOURS, *THINGS, "user", "assistant", "system", ":", "the", "is", "a", "copy")


def write_word_tokenizer(folder: Path, *, encoder: bool = False) -> None:
    """Write a tokenizer of the words; that of an encoder adds marks around a text."""
    words = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = Whitespace()
    if encoder:
        marks = [("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
        words.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
        )
    auto.PreTrainedTokenizerFast(
        tokenizer_object=words,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        eos_token="</s>",
        model_max_length=64,
    ).save_pretrained(folder)


def write_tiny_decoder(folder: Path) -> str:
    """Write a decoder with its tokenizer; return the folder."""
    torch.manual_seed(1)
    config = auto.Qwen2Config(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=WORDS.index("</s>"),
        pad_token_id=0,
    )
    auto.Qwen2ForCausalLM(config).save_pretrained(folder)
    write_word_tokenizer(folder)
    return str(folder)
