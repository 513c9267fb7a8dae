"""Apache Spark as an engine of an ingest: it reads and shuffles; this project's writers write.

Spark brings the rows of a feed from files, object stores, Kafka or a database to its executors.
There this project's own readers, mapping, extraction, gate and writer work on them as in one
process. A shuffle by the key of the record, sorted by the row's place in the feed, gives each
record to one writer, so the last row of a key counts and the graph does not depend on the number of
partitions, on tasks that are tried again, or on those that run twice.
"""

from catalograph.ingest.spark.engine import SparkEngine
from catalograph.ingest.spark.session import SparkOptions

__all__ = ["SparkEngine", "SparkOptions"]
