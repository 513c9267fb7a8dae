"""Artefacts: a published model's edges as files, which the workers of the API map into memory.

The graph stays the record. An artefact holds the edges exactly as they were written to the graph,
in the form of CSR (compressed sparse row). Its folder has the hash of its manifest as its name, and
the version in the graph names it, so that no reader takes the files of another model, graph or
publish for those of the live version.
"""

import hashlib
import secrets
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import ArtefactError
from catalograph.store.connection.connect import Connection

if TYPE_CHECKING:
    from catalograph.store.models.slot_writer import EdgeTable

_FORMAT = 1
_MANIFEST = "manifest.json"
_KEYS = "keys"
_NAME_BYTES = 16


@dataclass(frozen=True)
class EdgeMatrix:
    """Edges between products by their numbers, grouped by source.

    Attributes:
        indptr: int64 [n + 1]; the edges of source j are `indptr[j]` to `indptr[j + 1]`.
        targets: int32 [m]; ascending within a source.
        weights: float [m].
        parts: float [m, parts]; each row sums to its weight.
        shoppers: int32 [m]; number of shoppers who chose both ends; None if unknown.
    """

    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    shoppers: NDArray[np.int32] | None = None

    def span(self, source: int) -> slice:
        """Return the place of a source's edges; empty for a source beyond the last."""
        if source + 1 >= len(self.indptr):
            return slice(0, 0)
        return slice(int(self.indptr[source]), int(self.indptr[source + 1]))


@dataclass(frozen=True)
class EdgeArtefact:
    """The edges of one version.

    Attributes:
        name: hash of the content; name of the folder.
        keys: keys of the products, sorted; their places are their numbers.
        part_names: names of the columns of `edges.parts`.
        edges: the edges.
    """

    name: str
    keys: tuple[str, ...]
    part_names: tuple[str, ...]
    edges: EdgeMatrix

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each product, by key."""
        return {key: n for n, key in enumerate(self.keys)}


def write_artefact(folder: Path, table: "EdgeTable") -> str:
    """Write the finite edges of a table to a folder of their own, all at once or not at all.

    Args:
        folder: folder of all artefacts.
        table: edges of a version.

    Returns:
        The name of the artefact.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".draft-{secrets.token_hex(8)}"
    draft.mkdir(mode=0o700)
    try:
        keys, edges = _sort_edges(table)
        for name, array in (_arrays(edges) | {_KEYS: keys}).items():
            np.save(draft / f"{name}.npy", array)
        manifest = {
            "format": _FORMAT,
            "publish": secrets.token_hex(8),  # two equal models have names of their own
            "parts": list(table.part_names),
            "files": {path.name: _digest(path) for path in sorted(draft.iterdir())},
        }
        text = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
        (draft / _MANIFEST).write_bytes(text)
        name = hashlib.blake2b(text, digest_size=_NAME_BYTES).hexdigest()
        draft.rename(folder / name)
        return name
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_artefact(folder: Path, name: str) -> EdgeArtefact:
    """Map the files of an artefact into memory, after a comparison with their hashes.

    Args:
        folder: folder of all artefacts.
        name: name of the artefact, as the version in the graph says.

    Raises:
        ArtefactError: it is not there, or its content is not what its name says.
    """
    place = folder / name
    try:
        text = (place / _MANIFEST).read_bytes()
        if hashlib.blake2b(text, digest_size=_NAME_BYTES).hexdigest() != name:
            raise ArtefactError(f"The manifest of {place} is not the one that was published.")
        manifest = orjson.loads(text)
        for file, digest in manifest["files"].items():
            if _digest(place / file) != digest:
                raise ArtefactError(f"{place / file} is not what was published.")
        arrays = {
            file.removesuffix(".npy"): np.load(place / file, mmap_mode="r", allow_pickle=False)
            for file in manifest["files"]
        }
    except OSError as exc:
        raise ArtefactError(f"{place} cannot be read: {exc.strerror}.") from exc
    keys = tuple(key.decode() for key in arrays.pop(_KEYS).tolist())
    return EdgeArtefact(name, keys, tuple(manifest["parts"]), EdgeMatrix(**arrays))


def prune_artefacts(connection: Connection, folder: Path) -> None:
    """Remove the artefacts of versions whose slot was taken or dropped."""
    for row in connection.write(lambda tx: tx.run("drop_artefacts")):
        remove_artefact(folder, row["artefact"])


def remove_artefact(folder: Path, name: str) -> None:
    """Remove an artefact; workers that have mapped it keep their pages until they drop it."""
    shutil.rmtree(folder / name, ignore_errors=True)


def _sort_edges(table: "EdgeTable") -> tuple[NDArray[np.bytes_], EdgeMatrix]:
    """Return the keys in their order, and the finite edges grouped by source."""
    keys = np.array([key.encode() for key in table.keys] or [b""], np.bytes_)[: len(table.keys)]
    order = np.argsort(keys, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    finite = np.flatnonzero(np.isfinite(table.weights) & np.isfinite(table.parts).all(axis=1))
    sources, targets = place[table.sources[finite]], place[table.targets[finite]]
    grouped = np.lexsort((targets, sources))
    chosen = finite[grouped]
    counts = np.bincount(sources, minlength=len(order))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return keys[order], EdgeMatrix(
        indptr,
        targets[grouped],
        table.weights[chosen],
        table.parts[chosen],
        None if table.shoppers is None else table.shoppers[chosen].astype(np.int32),
    )


def _arrays(edges: EdgeMatrix) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any] | None] = {
        "indptr": edges.indptr,
        "targets": edges.targets,
        "weights": edges.weights,
        "parts": edges.parts,
        "shoppers": edges.shoppers,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
