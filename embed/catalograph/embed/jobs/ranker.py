"""The job that learns the second stage of the search from the shop's log."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask, of_card
from catalograph.errors import NotPublishedError
from catalograph.store import (
    LoggedSearch,
    ModelVersionCard,
    PublishedModel,
    StagedModel,
    export_search_log,
    live_models,
    prune_artefacts,
    stage_artefact,
)

if TYPE_CHECKING:
    from catalograph.embed.learn.contest import Contest, ContestContext
    from catalograph.embed.search_ranking.training import RankerConfig, TrainedRanker
    from catalograph.ml.search_ranking.artefact import SearchRanker

KIND = "ranker"

Student = Annotated[
    bool | None,
    typer.Option(
        "--student/--no-student",
        help="Let the text ranker's student compete, which takes minutes. Default: where torch is "
        "installed.",
    ),
]


def configure(
    student: Student = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
) -> "RankerConfig":
    """Return the configuration that the options of the command give."""
    from catalograph.embed.search_ranking.training import RankerConfig

    return RankerConfig(student, seed)


def task(context: JobContext) -> JobTask:
    """Read the log; train on its older searches and decide on the newer ones."""
    from catalograph.embed.further_counts import read_search_counts, search_counts_folder
    from catalograph.embed.search_ranking.training import RankerConfig

    config = context.config_as_live(KIND, of_card(RankerConfig))
    context.progress(KIND, "reading the log")
    log = export_search_log(context.connection)
    models = live_models(context.connection)
    text_model = models.get("text")
    data_hash = _data_hash(log, text_model, models.get("pagerank"))
    further = read_search_counts(search_counts_folder(context.settings))
    if further is not None:
        data_hash += f" {further.digest}"
    return JobTask(
        KIND,
        config.as_dict(),
        data_hash,
        lambda: _learn(context, config, log, text_model),
    )


def _learn(
    context: JobContext,
    config: "RankerConfig",
    log: Sequence[LoggedSearch],
    text_model: PublishedModel | None,
) -> JobOutput:
    from catalograph.embed.search_ranking.shop_log import (
        load_text_encoder,
        make_towers_trainer,
        search_again,
    )
    from catalograph.embed.search_ranking.training import train_search_ranker

    encoder = load_text_encoder(context, text_model)
    searched = search_again(context, log, encoder)
    trained = train_search_ranker(
        searched.lists,
        config,
        further=searched.further,
        train_towers=make_towers_trainer(context, config, encoder),
        live=_live_ranker(context),
        progress=lambda line: context.progress(KIND, line),
    )
    return _output(context, trained)


def _output(context: JobContext, trained: "TrainedRanker") -> JobOutput:
    from catalograph.ml.search_ranking.artefact import save_ranker

    ranker = trained.ranker
    if ranker is None or (trained.refusal is not None and not context.force):
        return JobOutput(None, trained.metrics, counts=trained.counts, refusal=trained.refusal)
    models = context.settings.models_folder

    def save(key: str) -> str:
        prune_artefacts(context.connection, models)
        return save_ranker(models, key, ranker)

    def write(card: ModelVersionCard) -> StagedModel:
        return stage_artefact(context.connection, KIND, save, card)

    return JobOutput(write, trained.metrics, counts=trained.counts)


def _live_ranker(context: JobContext) -> "SearchRanker | None":
    """Return the live version; None where there is none, or it cannot be read here."""
    from catalograph.ml.search_ranking.artefact import load_ranker

    model = live_models(context.connection).get(KIND)
    if model is None or model.stale or model.artefact_hash is None:
        return None
    try:
        return load_ranker(context.settings.models_folder, model.key, model.artefact_hash)
    except NotPublishedError:
        return None


def _data_hash(log: Sequence[LoggedSearch], *read: PublishedModel | None) -> str:
    """Return the hash of the log and of the live models that features of candidates come from."""
    digest = hashlib.blake2b(digest_size=32)
    for model in read:
        digest.update((model.data_hash if model else "").encode())
    for one in log:
        told: list[Any] = [one.key, one.query, one.time, one.items, one.first]
        told.append(sorted((key, sorted(kinds)) for key, kinds in one.responses.items()))
        digest.update(orjson.dumps(told))
    return digest.hexdigest()


def judge(context: "ContestContext") -> "Contest":
    """Judge the text ranker's settings found by a search against those of the live version."""
    from catalograph.embed.learn.ranker_contest import judge_text_ranker

    return judge_text_ranker(context)


JOB = Job("A second stage of the search, from the shop's own log.", task, configure, contest=judge)
