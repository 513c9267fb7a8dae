"""The job that embeds passages of documents, but for Chinese ones with an encoder of their own."""

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.passages import (
    document_hashes,
    encode_passages,
    passage_config,
    passages_of_kind,
)
from catalograph.embed.preconditions import lack_passages
from catalograph.errors import EmptySnapshotError
from catalograph.ml.encoders import load_encoder
from catalograph.ml.passage_encoders import passage_encoders
from catalograph.schema.model_kinds import PASSAGE_KIND
from catalograph.store import live_models, stage_vectors
from catalograph.store.models.passage_texts import export_passages, hash_passages


def plan_passages(context: JobContext, kind: str) -> JobTask:
    """Read the passages; only those without a vector of the same encoder are encoded.

    Raises:
        EmptySnapshotError: there is no passage for this kind.
    """
    context.progress(kind, "reading")
    encoder = passage_encoders(context.settings).get(kind)
    live = live_models(context.connection).get(kind)
    config = passage_config(kind, encoder or "")
    reused = live is not None and not context.force and dict(live.config) == config
    found = export_passages(context.connection, live.property if live and reused else None)
    passages = passages_of_kind(context.settings, kind, found)
    if encoder is None or not passages:
        raise EmptySnapshotError(
            f"There are no passages for vectors of the kind '{kind}' by the encoder in the "
            "settings. Load documents with `catalograph ingest documents`."
        )

    def learn() -> JobOutput:
        context.progress(kind, "loading the model")
        table = encode_passages(
            load_encoder(context.settings, name=encoder),
            passages,
            lambda done, total: context.progress(kind, f"{done:,} of {total:,} passages"),
        )
        context.progress(kind, "writing vectors")
        guards = document_hashes(passages)
        return JobOutput(
            lambda card: stage_vectors(context.connection, kind, table, card, guards=guards),
            counts={"passages": len(passages)},
        )

    return JobTask(kind, config, hash_passages(passages), learn)


def task(context: JobContext) -> JobTask:
    """Plan the job."""
    return plan_passages(context, PASSAGE_KIND)


JOB = Job("Vectors of passages of documents.", task, lack=lack_passages)
