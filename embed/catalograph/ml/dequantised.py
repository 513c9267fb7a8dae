"""The packaged Chinese encoder in torch's form, for further training.

Maven has it for ONNX Runtime only, with weights of eight bits. They are multiplied by their scales,
which gives the network that ONNX Runtime computes, without the rounding of its states.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.maven import exclusive
from catalograph.ml.onnx import CHINESE_MODEL, fetch_model
from catalograph.settings import Settings

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["trainable_chinese_folder"]

_HEAD_WIDTH = 64
_MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""Matrices of a layer, in the order in which the graph multiplies by them."""
_EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")


def trainable_chinese_folder(settings: Settings) -> Path:
    """Return a folder with the Chinese encoder as a BERT of transformers; it is made once.

    Raises:
        MissingExtraError: onnx, torch or transformers is not installed.
        DownloadError: the model is not in the cache and cannot be downloaded.
    """
    packaged = fetch_model(settings, CHINESE_MODEL)
    folder = packaged.with_name(f"{packaged.name}-torch")
    if folder.is_dir():
        return folder
    with exclusive(packaged.parent / ".lock"):
        if not folder.is_dir():
            draft = folder.with_name(f".{folder.name}")
            shutil.rmtree(draft, ignore_errors=True)  # left by a killed process; we hold the lock
            _write(packaged, draft)
            draft.rename(folder)
    return folder


def _write(packaged: Path, folder: Path) -> None:
    try:
        import onnx
        import torch
        import transformers
    except ImportError as exc:
        raise MissingExtraError("extract", exc.name or "onnx") from exc
    auto = cast(Any, transformers)  # much of the library is untyped
    weights = _read_weights(onnx.load(str(packaged / f"{CHINESE_MODEL.file}.onnx")))
    vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder."))
    config = auto.BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // _HEAD_WIDTH,
        intermediate_size=weights["encoder.layer.0.intermediate.dense.bias"].shape[0],
        max_position_embeddings=weights["embeddings.position_embeddings.weight"].shape[0],
    )
    encoder = auto.BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict({name: torch.from_numpy(part) for name, part in weights.items()})
    encoder.save_pretrained(folder)
    tokenizer = auto.BertTokenizerFast(
        tokenizer_file=str(packaged / f"{CHINESE_MODEL.file}-tokenizer.json")
    )
    tokenizer.save_pretrained(folder)


def _read_weights(model: "ModelProto") -> dict[str, NDArray[np.float32]]:
    """Return the weights by the names of transformers; matrices are float32 [outputs, inputs]."""
    from onnx import numpy_helper

    stored = {part.name: numpy_helper.to_array(part) for part in model.graph.initializer}
    weights = {name: part for name, part in stored.items() if name.endswith((".weight", ".bias"))}

    def scale_weights(name: str) -> NDArray[np.float32]:
        whole = stored[f"{name}_quantized"].astype(np.float32)
        zero = stored[f"{name}_zero_point"].astype(np.float32)
        return np.asarray((whole - zero) * stored[f"{name}_scale"], np.float32)

    for name in _EMBEDDINGS:
        weights[f"embeddings.{name}.weight"] = scale_weights(f"embeddings.{name}.weight")
    ends = "_quantized"
    products = [node.input[1] for node in model.graph.node if node.op_type == "MatMulInteger"]
    for n, name in enumerate(products):
        layer, place = divmod(n, len(_MATRICES))
        matrix = scale_weights(name.removesuffix(ends))
        key = f"encoder.layer.{layer}.{_MATRICES[place]}.weight"
        weights[key] = np.ascontiguousarray(matrix.T)
    return {name: np.array(part, np.float32) for name, part in weights.items()}
