"""The option `--embedding` of completion: a knowledge graph embedding as one more method."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.ingest.complete import FactLearner

Embedding = Annotated[
    str | None,
    typer.Option(
        "--embedding",
        help="Guess by a knowledge graph embedding as well: distmult, complex, transe or rotate. "
        "Needs the extra `embed`.",
    ),
]


def make_fact_learner(model: str | None, progress: Callable[[str], None]) -> "FactLearner | None":
    """Return the training of this model; None if there is no model.

    Raises:
        ConfigError: there is no such model.
        MissingExtraError: the extra `embed` is not installed.
    """
    if model is None:
        return None
    from catalograph.embed.facts import SCORED_MODELS, EmbeddingScorer
    from catalograph.errors import ConfigError
    from catalograph.schema.suggest import did_you_mean
    from catalograph.settings import load_settings

    if model not in SCORED_MODELS:
        raise ConfigError(
            f"There is no embedding '{model}'; known: {', '.join(SCORED_MODELS)}."
            f"{did_you_mean(model, SCORED_MODELS)}"
        )
    device = load_settings().embed.device or "auto"

    def learn(products: Any, facts: Any) -> EmbeddingScorer:
        return EmbeddingScorer(products, facts, SCORED_MODELS[model], device, progress)

    return learn
