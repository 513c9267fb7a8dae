"""Options of an engine that ingests in several places, and the engine that they ask for."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalograph.ingest.spark import SparkEngine
    from catalograph.settings import Settings

_PANEL = "Engine"

Engine = Annotated[
    Literal["here", "spark"],
    typer.Option(
        help="What reads and writes: this machine, or Apache Spark (extra `spark`), for which a "
        "feed may also be a folder, a glob, an address such as s3a://bucket/feed, or "
        "kafka://host:9092/topic.",
        rich_help_panel=_PANEL,
    ),
]
Master = Annotated[
    str,
    typer.Option(
        help="Master of Spark: local[N] for N cores of this machine, or spark://host:7077.",
        rich_help_panel=_PANEL,
    ),
]
Partitions = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Number of Spark's partitions, each written by one task. Default: the cores it has.",
        rich_help_panel=_PANEL,
    ),
]
Packages = Annotated[
    list[str] | None,
    typer.Option(
        help="Maven coordinates of a jar that Spark needs, such as that of a JDBC driver; "
        "repeatable.",
        rich_help_panel=_PANEL,
    ),
]
Conf = Annotated[
    list[str] | None,
    typer.Option(
        "--spark-conf",
        help="A setting of Spark as NAME=VALUE; repeatable. Secrets do not belong here.",
        rich_help_panel=_PANEL,
    ),
]


def make_engine(
    engine: str,
    master: str,
    partitions: int | None,
    packages: "list[str] | None",
    conf: "list[str] | None",
    *,
    reading: "Mapping[str, Any] | None" = None,
    aspects: str | None = None,
) -> "SparkEngine | None":
    """Return the engine that the options ask for; None for this machine.

    Args:
        engine: name of the engine.
        master: master of Spark.
        partitions: number of partitions.
        packages: Maven coordinates of jars.
        conf: settings of Spark as NAME=VALUE.
        reading: options of the extractors of texts, by name.
        aspects: reader of aspects by name, or `llm`.
    """
    if engine == "here":
        if partitions is not None or packages or conf:
            raise typer.BadParameter(
                "--partitions, --packages and --spark-conf need --engine spark."
            )
        return None
    from catalograph.ingest.spark import SparkEngine, SparkOptions
    from catalograph.settings import load_settings

    settings: Settings = load_settings()
    pairs = tuple((name, value) for name, _, value in (one.partition("=") for one in conf or ()))
    options = SparkOptions(master, partitions, tuple(packages or ()), pairs)
    return SparkEngine(
        settings, options, reading=reading, aspects=aspects or settings.texts.aspects
    )
