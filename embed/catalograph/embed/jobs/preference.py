"""The job that learns item-item weights."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.embed.jobs.privacy_options import Delta, Epsilon, NotPrivate
from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_connections
from catalograph.errors import ConfigError
from catalograph.schema.model_kinds import CONTENDERS
from catalograph.store import (
    FurtherShoppers,
    GraphSnapshot,
    PurchaseContext,
    export_purchase_context,
    export_texts,
    live_models,
    read_vectors,
    shows_imputed,
    spend_budget,
    stage_edges,
)

if TYPE_CHECKING:
    from catalograph.embed.further_counts import FurtherCounts
    from catalograph.embed.learn.contest import Contest, ContestContext
    from catalograph.embed.preference import PreferenceConfig, Preferences

KIND = "preference"


Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="FOLDER", help="Keep the model for `what-if`; implies --force."
    ),
]


Aggregates = Annotated[
    bool,
    typer.Option(
        "--co-purchases",
        help="With --epsilon: also learn from the catalogue's co-purchase lists (ALSO_BOUGHT, "
        "ALSO_VIEWED, BOUGHT_TOGETHER), shoppers' aggregates that ε does not cover.",
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        "--processes", min=1, help="Processes that solve the many systems of a large catalogue."
    ),
]


def configure(
    output: Output = None,
    epsilon: Epsilon = None,
    delta: Delta = None,
    co_purchases: Aggregates = False,
    not_private: NotPrivate = False,
    processes: Processes = 1,
) -> "PreferenceConfig":
    """Return the configuration that the options of the command give.

    Raises:
        ConfigError: options contradict each other.
    """
    from catalograph.embed.preference import PreferenceConfig
    from catalograph.embed.private_config import private_config_of

    private = private_config_of(epsilon, delta, aggregates=co_purchases)
    if private is not None and not_private:
        raise ConfigError("--epsilon and --not-private contradict each other; give one of them.")
    return PreferenceConfig(
        save=output, private=private, inherit=not not_private, processes=processes
    )


def task(context: JobContext) -> JobTask:
    """Tune and fit KG-EASE on the snapshot; also when nothing changed, if a folder wants it."""
    from catalograph.embed.contenders import find_vector_learners
    from catalograph.embed.further_counts import counts_folder, read_further_counts
    from catalograph.embed.private_config import sign_data_hash

    config = _config(context)
    snapshot = context.snapshot
    if config.private is not None:
        return JobTask(
            KIND,
            config.as_dict(),
            sign_data_hash(snapshot.data_hash, context.settings.user_hmac_key),
            lambda: _learn_privately(context, config),
            always=config.save is not None,
        )
    versions = context.versions(CONTENDERS)
    # A version's number is never used again, so it stands for the vectors it made.
    learners = find_vector_learners(context)
    others = read_further_counts(counts_folder(context.settings), snapshot.products)
    data_hash = " ".join(
        [snapshot.data_hash, *(model.key for model in versions.values()), *learners]
    )
    if others is not None:
        data_hash += f" {others.digest}"

    def learn() -> JobOutput:
        from catalograph.embed.preference import learn_preferences

        titles = _titles(context)
        found = learn_preferences(
            snapshot,
            config,
            lambda line: context.progress(KIND, line),
            titles,
            {kind: read_vectors(context.connection, model) for kind, model in versions.items()},
            learners,
            None if others is None else others.matrix,
        )
        purchases = export_purchase_context(context.connection)
        return _output(
            context, snapshot, found, purchases, titles, elsewhere=_shoppers_of(snapshot, others)
        )

    return JobTask(KIND, config.as_dict(), data_hash, learn, always=config.save is not None)


def _config(context: JobContext) -> "PreferenceConfig":
    """Return the configuration, private like the live version unless the caller says otherwise."""
    from catalograph.embed.preference import PreferenceConfig
    from catalograph.embed.private_config import PrivateConfig

    config = context.config(KIND, PreferenceConfig())
    private = config.private
    if private is None and config.inherit and (live := live_models(context.connection).get(KIND)):
        private = PrivateConfig.of_card(live.config)
    fewest = context.settings.privacy.pair_shoppers
    return replace(config, private=private, pair_shoppers=fewest)


def _learn_privately(context: JobContext, config: "PreferenceConfig") -> JobOutput:
    """Learn from public facts and a release of counts; refused where the budget is used up."""
    from catalograph.embed.private_preference import learn_private_preferences, public_part
    from catalograph.ml.privacy.accounting import spent_epsilon

    private = config.private
    if private is None:
        raise ConfigError("A private training needs an epsilon.")
    connection, snapshot = context.connection, context.snapshot

    def charge(multiplier: float) -> float:
        return spend_budget(connection, KIND, private.epsilon, multiplier, spent_epsilon)[1]

    titles = _titles(context)
    found = learn_private_preferences(
        snapshot,
        private,
        config,
        charge,
        progress=lambda line: context.progress(KIND, line),
        titles=titles,
    )
    purchases = replace(export_purchase_context(connection), baskets=())
    public = public_part(snapshot, private.relations)
    output = _output(context, public, found.learned, purchases, titles, found.popular)
    # Exact numbers of shoppers and choices would be a release that nothing accounts for.
    return replace(output, counts={"products": len(snapshot.products)})


def _titles(context: JobContext) -> dict[str, str]:
    texts = export_texts(context.connection)
    return dict(zip(texts.keys, texts.titles, strict=True))


def _shoppers_of(snapshot: GraphSnapshot, others: "FurtherCounts | None") -> FurtherShoppers | None:
    if others is None:
        return None
    counts = zip(snapshot.products, others.matrix.diagonal().tolist(), strict=True)
    return FurtherShoppers(others.n_shoppers, {key: int(n) for key, n in counts if n})


def _output(
    context: JobContext,
    snapshot: GraphSnapshot,
    found: "Preferences",
    purchases: PurchaseContext,
    titles: dict[str, str],
    popular: tuple[str, ...] | None = None,
    elsewhere: FurtherShoppers | None = None,
) -> JobOutput:
    from catalograph.embed.complements import learn_complements

    context.progress(KIND, "choosing complements")
    complements = learn_complements(snapshot, found.edges, purchases, titles)
    # Of facts that only imputation supports, the graph alone tells.
    shown = shows_imputed(context.connection)
    edges = replace(found.edges, features=None) if shown else found.edges
    context.progress(KIND, "writing edges")
    return JobOutput(
        lambda card: stage_edges(
            context.connection,
            edges,
            card,
            artefacts=context.settings.models_folder,
            complements=complements,
            popular=popular,
            elsewhere=elsewhere,
        ),
        found.metrics,
        found.tuned,
    )


def judge(context: "ContestContext") -> "Contest":
    """Judge a challenger's lists against those of the live version, on the last days."""
    from catalograph.embed.learn.preference_contest import judge_preferences

    return judge_preferences(context)


JOB = Job(
    "Item-item weights, with their parts (KG-EASE).",
    task,
    configure,
    old_options={"save": "output"},
    lack=lack_connections,
    contest=judge,
    tried=True,
)
