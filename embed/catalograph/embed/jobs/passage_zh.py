"""The job that embeds Chinese passages by the Chinese encoder."""

from catalograph.embed.jobs.passage import plan_passages
from catalograph.embed.jobs.task import Job, JobContext, JobTask
from catalograph.embed.preconditions import lack_chinese_passages
from catalograph.schema.model_kinds import CHINESE_PASSAGE_KIND


def task(context: JobContext) -> JobTask:
    """Plan the job."""
    return plan_passages(context, CHINESE_PASSAGE_KIND)


JOB = Job("Vectors of Chinese passages.", task, lack=lack_chinese_passages)
