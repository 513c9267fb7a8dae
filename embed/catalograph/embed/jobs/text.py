"""The job that embeds the texts of products."""

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_titles, require_products
from catalograph.embed.text import encode_products, text_config
from catalograph.ml.encoders import choose_model, load_encoder
from catalograph.store import export_texts, stage_vectors, unchanged_vectors

KIND = "text"


def task(context: JobContext) -> JobTask:
    """Read the texts; only those that changed since the live version are encoded."""
    context.progress(KIND, "reading")
    texts = export_texts(context.connection)
    model = choose_model(context.settings, texts.titles)
    config = text_config(model)

    def learn() -> JobOutput:
        require_products(texts.keys)
        context.progress(KIND, "loading the model")
        encoder = load_encoder(context.settings, name=model)
        table = encode_products(
            encoder,
            texts,
            lambda done, total: context.progress(KIND, f"{done:,} of {total:,} texts"),
            {} if context.force else unchanged_vectors(context.connection, KIND, config),
        )
        context.progress(KIND, "writing vectors")
        return JobOutput(lambda card: stage_vectors(context.connection, KIND, table, card))

    return JobTask(KIND, config, texts.data_hash, learn)


JOB = Job("Vectors of titles, brands, descriptions.", task, lack=lack_titles)
