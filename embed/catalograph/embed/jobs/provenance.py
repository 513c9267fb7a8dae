"""What no job has to tell of itself: how much it learned from, and which software ran."""

import sys
from dataclasses import replace
from importlib import metadata

from catalograph.embed.jobs.task import JobContext
from catalograph.store import GraphSnapshot, StagedModel, server_versions

_LIBRARIES = (
    "dgl",
    "graphdatascience",
    "numpy",
    "scipy",
    "sentence-transformers",
    "torch",
    "transformers",
)


def with_provenance(staged: StagedModel, context: JobContext) -> StagedModel:
    """Put onto a card what no job has to tell: how much there was, and which software ran."""
    snapshot: GraphSnapshot | None = vars(context).get("snapshot")  # only where a job has read it
    card = replace(
        staged.card,
        metrics={**staged.card.metrics, **context.judged.get(staged.kind, {})},
        counts=staged.card.counts or (_counts(snapshot) if snapshot is not None else {}),
        versions=_versions() | server_versions(context.connection) | dict(staged.card.versions),
    )
    return replace(staged, card=card)


def _counts(snapshot: GraphSnapshot) -> dict[str, int]:
    counts = {
        "products": len(snapshot.products),
        "users": len(snapshot.users),
        "interactions": len(snapshot.interaction_users),
    }
    return counts | {f"facts {name}": len(table) for name, table in snapshot.facts.items()}


def _versions() -> dict[str, str]:
    """Of this project, of Python, and of the libraries that this process has loaded."""
    loaded = [name for name in _LIBRARIES if name.replace("-", "_") in sys.modules]
    found = {name: metadata.version(name) for name in ("catalograph", *loaded)}
    return {"python": ".".join(map(str, sys.version_info[:3]))} | found
