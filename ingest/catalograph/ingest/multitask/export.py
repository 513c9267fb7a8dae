"""Export of a network to ONNX, quantised to eight bits where the answers stay the same."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from catalograph.errors import MissingExtraError
from catalograph.ingest.multitask.network import MultitaskNet
from catalograph.ingest.multitask.onnx_runner import run_onnx
from catalograph.ingest.multitask.prediction import Runner
from catalograph.ingest.multitask.tasks import TAGGING, TaskData
from catalograph.ingest.multitask.tokens import encode_texts
from catalograph.ingest.multitask.training import predictor_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL = "model.onnx"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OPSET = 17
_SAMPLE = 200
LEAST_AGREEMENT = 0.97
"""Share of equal answers of both forms below which the unquantised one serves."""


@dataclass(frozen=True)
class ExportedModel:
    """A model in a file.

    Attributes:
        file: the file.
        form: `int8` or `float32`.
        agreement: share of answers of the eight-bit form that equal torch's, by task.
        size: size of the file, in bytes.
        float_size: size of the float32 form, in bytes.
    """

    file: Path
    form: str
    agreement: Mapping[str, float]
    size: int
    float_size: int


def export_net(
    net: MultitaskNet,
    tokenizer: "Tokenizer",
    tasks: Sequence[TaskData],
    folder: Path,
    length: int,
) -> ExportedModel:
    """Write a network as `model.onnx`.

    Weights are quantised dynamically to eight bits, per channel. If that changes more than three of
    a hundred answers to validation texts of a task, the float32 form is kept instead.

    Args:
        net: trained network.
        tokenizer: tokenizer of its encoder.
        tasks: its tasks, whose validation texts are compared.
        folder: folder to write to.
        length: maximum number of subwords.

    Raises:
        MissingExtraError: the package `onnx` is not installed.
    """
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as exc:
        raise MissingExtraError("extract", "onnx") from exc
    folder.mkdir(parents=True, exist_ok=True)
    wide, narrow = folder / "float32.onnx", folder / MODEL
    _write(net, wide)
    logging.getLogger().addFilter(_is_no_advice)
    try:
        quantize_dynamic(wide, narrow, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        logging.getLogger().removeFilter(_is_no_advice)
    names = list(net.heads)
    agreement = _compare(net, tokenizer, tasks, run_onnx(narrow, names), length)
    float_size = wide.stat().st_size
    if min(agreement.values(), default=1.0) < LEAST_AGREEMENT:
        wide.replace(narrow)
        return ExportedModel(narrow, "float32", agreement, float_size, float_size)
    wide.unlink()
    return ExportedModel(narrow, "int8", agreement, narrow.stat().st_size, float_size)


def _is_no_advice(record: logging.LogRecord) -> bool:
    """Filter the advice to pre-process, which is for convolutions."""
    return "pre-processing before quantization" not in record.getMessage()


def _write(net: MultitaskNet, file: Path) -> None:
    ids = torch.tensor([[101, 2000, 2001, 102], [101, 2002, 102, 0]])
    mask = (ids > 0).long()
    axes: dict[str, dict[int, str]] = {name: {0: "texts", 1: "subwords"} for name in INPUTS}
    for name in net.heads:
        axes[name] = {0: "texts", **({1: "subwords"} if name == TAGGING else {})}
    exported = net.to("cpu").eval()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # constants of the traced attention mask
        export: Any = torch.onnx.export
        # By tracing: the exporter of torch.export needs the package onnxscript.
        export(
            exported,
            (ids, mask, torch.zeros_like(ids)),
            str(file),
            input_names=list(INPUTS),
            output_names=list(net.heads),
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


def _compare(
    net: MultitaskNet,
    tokenizer: "Tokenizer",
    tasks: Sequence[TaskData],
    run: Runner,
    length: int,
) -> dict[str, float]:
    """Return the share of equal answers: of subwords in tagging, else of texts."""
    torch_run = predictor_of(net, tokenizer, tasks, length).run
    agreement = {}
    for task in tasks:
        listed = (task.valid or task.train)[:_SAMPLE]
        equal = total = 0
        for start in range(0, len(listed), 32):
            batch = listed[start : start + 32]
            read = encode_texts(
                tokenizer, [one.first for one in batch], [one.second for one in batch], length
            )
            arguments = (task.name, read.ids, read.mask, read.kinds)
            same = run(*arguments).argmax(-1) == torch_run(*arguments).argmax(-1)
            counted = read.mask.astype(bool) if task.name == TAGGING else np.ones(len(same), bool)
            equal += int(same[counted].sum())
            total += int(counted.sum())
        agreement[task.name] = equal / total if total else 1.0
    return agreement
