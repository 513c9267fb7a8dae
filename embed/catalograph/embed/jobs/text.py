"""The job that embeds the texts of products."""

import time

from catalograph.embed.jobs.task import JobContext, JobKind, Task
from catalograph.embed.text import encode_products, load_encoder, text_config
from catalograph.errors import EmptySnapshotError
from catalograph.store import ModelCard, StagedModel, export_texts, stage_vectors, unchanged_vectors

KIND = JobKind.TEXT


def task(context: JobContext) -> Task:
    """Read the texts; only those that changed since the live version are encoded."""
    context.progress(KIND, "reading")
    texts = export_texts(context.connection)
    config = text_config(context.settings.embed)

    def stage() -> StagedModel:
        if not texts.keys:
            raise EmptySnapshotError(
                "There are no listed products to embed. Load a catalogue with `catalograph ingest`."
            )
        begun = time.perf_counter()
        context.progress(KIND, "loading the model")
        encoder = load_encoder(context.settings.embed)
        table = encode_products(
            encoder,
            texts,
            lambda done, total: context.progress(KIND, f"{done:,} of {total:,} texts"),
            {} if context.force else unchanged_vectors(context.connection, KIND, config),
        )
        card = ModelCard(config, texts.data_hash, seconds=time.perf_counter() - begun)
        context.progress(KIND, "writing vectors")
        return stage_vectors(context.connection, KIND, table, card)

    return Task(KIND, config, texts.data_hash, stage)
