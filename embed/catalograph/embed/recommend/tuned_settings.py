"""Stores tuned hyperparameters by the hash of the data they were tuned on.

They are looked up in the caller's file, the user's cache and the package, in this order, each
number separately; a number without an entry has its default.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.kgease import KGEaseConfig
from catalograph.errors import ConfigError
from catalograph.ml.checkpoints import write_atomically

__all__ = [
    "EASE",
    "EASE_WEIGHTED",
    "KG_EASE",
    "KG_EASE_FEW",
    "TunedSettings",
    "default_store",
    "find_tuned",
    "save_tuned",
    "stored_form",
]

EASE = "ease"
EASE_WEIGHTED = "ease-weighted"
"""EASE with users weighted by their number of interactions."""
KG_EASE = "kg-ease"
KG_EASE_FEW = "kg-ease-brand-category"
"""KG-EASE without the product-product relations, which needs its own weights."""

_POWERS = ("item_power", "user_power")

_SHIPPED = Path(__file__).parent / "tuned"


@dataclass(frozen=True)
class TunedSettings:
    """Hyperparameters of the models, and their origin."""

    ease_lambda: float = 200.0
    """Ridge λ of EASE."""
    kg_ease: KGEaseConfig = field(default_factory=KGEaseConfig)
    """Configuration of KG-EASE."""
    brand_category: KGEaseConfig | None = None
    """Configuration with brand and category alone; None for that of `kg_ease`."""
    ease_weighted: KGEaseConfig = field(
        default_factory=lambda: KGEaseConfig(lambda_=150.0, user_power=0.4)
    )
    """λ and `user_power` of the EASE that weights users."""
    ease_origin: str = "defaults"
    """Origin of `ease_lambda`, for display: a file, or "defaults"."""
    kg_ease_origin: str = "defaults"
    """Origin of `kg_ease`."""


def default_store(digest: str) -> Path:
    """Return the file in the user's cache for data with this digest."""
    return user_cache_path("catalograph") / "tuned" / f"{digest}.json"


def find_tuned(data: RecommendData, store: Path | None = None) -> TunedSettings:
    """Look up the hyperparameters tuned on this data.

    Args:
        data: data, identified by its `digest`.
        store: file to search first; it may be missing or concern other data.

    Raises:
        ConfigError: a file concerns this data but is damaged.
    """
    found: dict[str, Any] = {}
    # The first file that has a value wins.
    for path, entry in _entries(data.digest, store):
        try:
            if EASE in entry and "ease_lambda" not in found:
                found.update(
                    ease_lambda=_config(entry[EASE]).lambda_, ease_origin=_describe_origin(path)
                )
            if EASE_WEIGHTED in entry and "ease_weighted" not in found:
                found.update(ease_weighted=_config(entry[EASE_WEIGHTED]))
            if KG_EASE in entry and "kg_ease" not in found:
                found.update(kg_ease=_config(entry[KG_EASE]), kg_ease_origin=_describe_origin(path))
            if KG_EASE_FEW in entry and "brand_category" not in found:
                found.update(brand_category=_config(entry[KG_EASE_FEW]))
        except (KeyError, TypeError, ValueError) as exc:
            raise ConfigError(
                f"{path} does not hold tuned numbers ({exc!r}); remove it and tune again."
            ) from exc
    return TunedSettings(**found)


def save_tuned(
    data: RecommendData,
    models: Mapping[str, Mapping[str, Any]],
    store: Path | None = None,
) -> Path:
    """Store tuned hyperparameters; those of other models on the same data stay.

    Args:
        data: data they were tuned on.
        models: settings by the names above, as `stored_form` returns them; EASE needs only
            `"lambda"`, and further keys are kept for the record.
        store: output file; by default the one in the user's cache.

    Returns:
        The file.
    """
    path = store or default_store(data.digest)
    known = _read(path)
    entry = known if known.get("data_hash") == data.digest else {}
    record = {**entry, "data": data.name, "data_hash": data.digest, **models}
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as stream:
        stream.write((json.dumps(record, indent=2) + "\n").encode())
    return path


def stored_form(config: KGEaseConfig) -> dict[str, Any]:
    """Return the stored part of a configuration."""
    powers = {name: getattr(config, name) for name in _POWERS}
    return {"lambda": config.lambda_, "weights": dict(config.weights), **powers}


def _config(entry: Mapping[str, Any]) -> KGEaseConfig:
    powers = {name: entry[name] for name in _POWERS if name in entry}
    return KGEaseConfig(entry["lambda"], dict(entry.get("weights", {})), **powers)


def _entries(digest: str, store: Path | None) -> Iterator[tuple[Path, dict[str, Any]]]:
    paths = [store] if store else []
    for path in (*paths, default_store(digest), *sorted(_SHIPPED.glob("*.json"))):
        entry = _read(path)
        if entry.get("data_hash") == digest:
            yield path, entry


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise ConfigError(f"{path} is not JSON ({exc}); remove it and tune again.") from exc
    return entry if isinstance(entry, dict) else {}


def _describe_origin(path: Path) -> str:
    return f"shipped {path.name}" if path.parent == _SHIPPED else f"stored {path}"
