"""Trains a ranker and its student on all judgements, and stores both in a folder.

```
folder/model/card.json            settings, data, metrics, history
folder/model/encoder/             base encoder and tokenizer
folder/model/net.safetensors      trained layers, graph table, head
folder/model/student.safetensors  the towers
folder/model/products.json        keys and texts, by row
folder/model/tables.npz           text vectors, neighbours, the student's product vectors
folder/work/                      checkpoints, until the training is done
```
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from safetensors.torch import load_file, save_file

from catalograph.embed.ranker.baseline_features import BaselineFeatures, cached_text_vectors
from catalograph.embed.ranker.crossval import (
    CrossValidation,
    FoldConfig,
)
from catalograph.embed.ranker.data import Products, read_judgements, read_products
from catalograph.embed.ranker.graph import ProductGraph, read_graph
from catalograph.embed.ranker.layers import FrozenLayers, split
from catalograph.embed.ranker.lexical import Bm25
from catalograph.embed.ranker.model import RankerNet
from catalograph.embed.ranker.ranker import TextRanker
from catalograph.embed.ranker.settings import RankerSettings, StudentSettings
from catalograph.embed.ranker.student import Student, StudentNet
from catalograph.embed.recommend.matrices import incidence
from catalograph.errors import ConfigError
from catalograph.ml.checkpoints import replace_folder
from catalograph.ml.encoders import load_trainable
from catalograph.schema import TextEncoder

_MODEL, _WORK = "model", "work"


@dataclass(frozen=True)
class Files:
    """Training files.

    Attributes:
        catalog: product file, see `data.read_products`.
        qrels: judgement file, see `data.read_judgements`.
        kge: folder of trained graph vectors; None takes those of `graph.graph_of`.
    """

    catalog: Path
    qrels: Path
    kge: Path | None = None


@dataclass(frozen=True)
class _Kept:
    """Both models as stored, on one catalogue and graph."""

    ranker: TextRanker
    student: Student
    graph: ProductGraph | None
    card: dict[str, Any] = field(default_factory=dict)


def train_ranker(
    files: Files,
    output: Path,
    encoder: TextEncoder,
    settings: RankerSettings,
    student: StudentSettings,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train a ranker and its student, and store them; a killed training is resumed.

    Args:
        files: catalogue, judgements, graph vectors.
        output: output folder; an older model in it stays intact until the new one is complete.
        encoder: encoder of queries and products.
        settings: settings of the ranker.
        student: settings of the student.
        progress: callback that receives the finished step.

    Returns:
        The model card.

    Raises:
        EvaluationDataError: a file cannot be used.
    """
    work = output / _WORK
    products = read_products(files.catalog)
    judgements = read_judgements(files.qrels, products.index)
    progress(f"{len(products.keys):,} products, {len(judgements.queries):,} queries.")
    vectors = cached_text_vectors(encoder, products.texts, work)
    evidence = BaselineFeatures(encoder, Bm25(products.texts), vectors)
    graph = read_graph(products, files.kge)
    bench = CrossValidation(products, judgements, evidence, graph, settings=settings)
    plan = FoldConfig(settings, "none" if settings.fusion == "none" else "full")
    learned = bench.examples(plan.graph)
    teacher, history = bench.teacher(plan, learned, work, progress)
    taught = bench.teacher_targets(teacher, learned)
    pupil = bench.student(taught, plan, student)
    card = {
        "kind": "ranker",
        "config": {"ranker": asdict(settings), "student": asdict(student)},
        "data": {
            "products": len(products.keys),
            "lines_skipped": products.skipped,
            "queries": len(judgements.queries),
            "judgements_unknown": judgements.unknown,
        },
        "metrics": {"history": history},
    }
    save_ranker(output, teacher, pupil, bench.graphs[plan.graph], card)
    shutil.rmtree(work)
    return card


def save_ranker(
    output: Path,
    ranker: TextRanker,
    student: Student,
    graph: ProductGraph | None,
    card: dict[str, Any],
) -> None:
    """Write both models beside the old ones, then replace these."""
    with replace_folder(output / _MODEL) as draft:
        tokenizer, encoder = load_trainable(ranker.settings.encoder)
        tokenizer.save_pretrained(draft / "encoder")
        encoder.save_pretrained(draft / "encoder")
        for name, net in (("net", ranker.net), ("student", student.net)):
            weights = {key: part.contiguous().cpu() for key, part in net.state_dict().items()}
            save_file(weights, draft / f"{name}.safetensors")
        told = {"keys": ranker.products.keys, "texts": ranker.products.texts}
        (draft / "products.json").write_bytes(orjson.dumps(told))
        tables: dict[str, Any] = {"vectors": ranker.evidence.vectors, "student": student.vectors}
        if graph is not None:
            tables |= {"graph": graph.vectors, "neighbours": graph.neighbours}
        np.savez(draft / "tables.npz", allow_pickle=False, **tables)
        (draft / "card.json").write_text(json.dumps(card, indent=1))


def load_ranker(folder: Path, encoder: TextEncoder) -> TextRanker:
    """Load the ranker that `train_ranker` stored.

    Args:
        folder: output folder of the training.
        encoder: the encoder of the training.

    Raises:
        ConfigError: a file is missing or damaged, or the encoder is a different one.
    """
    return _load(folder, encoder).ranker


def load_student(folder: Path, encoder: TextEncoder) -> Student:
    """Load the student that `train_ranker` stored; arguments and errors as for `load_ranker`."""
    return _load(folder, encoder).student


def _load(folder: Path, encoder: TextEncoder) -> _Kept:
    where = folder / _MODEL
    try:
        card = json.loads((where / "card.json").read_text())
        told = orjson.loads((where / "products.json").read_bytes())
        tables = dict(np.load(where / "tables.npz"))
        kept = _rebuilt(where, card, told, tables, encoder)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
        raise ConfigError(
            f"No ranker could be read in {folder} ({exc}). Train it again, or name its folder."
        ) from exc
    if encoder.dimension != tables["vectors"].shape[1]:
        raise ConfigError(
            f"The ranker in {folder} has text vectors of {tables['vectors'].shape[1]} numbers, "
            f"this encoder makes {encoder.dimension}; name the encoder it was trained with."
        )
    return kept


def _rebuilt(
    where: Path,
    card: dict[str, Any],
    told: dict[str, list[str]],
    tables: dict[str, Any],
    encoder: TextEncoder,
) -> _Kept:
    settings = RankerSettings(**card["config"]["ranker"])
    pupil = StudentSettings(**card["config"]["student"])
    keys, texts = tuple(told["keys"]), tuple(told["texts"])
    none = np.empty(0, np.int64)
    products = Products(keys, texts, incidence(none, none, (len(keys), 0)), ())
    graph = ProductGraph(tables["graph"], tables["neighbours"]) if "graph" in tables else None
    evidence = BaselineFeatures(encoder, Bm25(texts), tables["vectors"]).with_graph(graph)
    tokenizer, base = load_trainable(str(where / "encoder"))
    lower, upper = split(base, settings.frozen_layers)
    net = RankerNet(upper, settings, graph, len(evidence.names))
    net.load_state_dict(load_file(where / "net.safetensors"))
    frozen = FrozenLayers(lower, tokenizer, texts, settings.length)
    mixture = np.zeros(len(evidence.names), np.float32)
    extra = 0 if graph is None else 2 * graph.vectors.shape[1]
    towers = StudentNet(evidence.vectors.shape[1], extra, pupil, mixture)
    towers.load_state_dict(load_file(where / "student.safetensors"))
    student = Student(towers, tables["student"], products, evidence, pupil)
    return _Kept(TextRanker(net, frozen, products, evidence, settings), student, graph, card)
