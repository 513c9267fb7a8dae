"""Recording of answers, and replay of a recording instead of the endpoint."""

from collections.abc import Callable, Iterable
from pathlib import Path

import orjson

from catalograph.errors import ConfigError, LanguageModelError
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel
from catalograph.ml.checkpoints import write_atomically

KeyOf = Callable[[CompletionRequest], str]


class RecordingModel:
    """Appends each answer to a JSON Lines file: key, subject, text and tokens, no prompt.

    Args:
        inner: next layer.
        path: path of the file, created if missing.
        key_of: function that returns the key of a request's answer.
    """

    def __init__(self, inner: LanguageModel, path: Path, key_of: KeyOf) -> None:
        self._inner = inner
        self._path = path
        self._key_of = key_of

    async def complete(self, request: CompletionRequest) -> Completion:
        """Call the model and record the answer."""
        completion = await self._inner.complete(request)
        line = {
            "key": self._key_of(request),
            "subject": request.subject,
            "text": completion.text,
            "sent": completion.sent,
            "received": completion.received,
            "cut": completion.cut,
        }
        with self._path.open("ab") as stream:
            stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        return completion


def purge_recording(path: Path, subjects: Iterable[str]) -> int:
    """Remove the answers about these subjects from a recording.

    Returns:
        Number of answers removed; 0 without a file.
    """
    if not path.exists():
        return 0
    gone = set(subjects)
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if orjson.loads(line).get("subject") not in gone]
    if len(kept) < len(lines):
        with write_atomically(path) as stream:
            stream.writelines(kept)
    return len(lines) - len(kept)


class ReplayingModel:
    """Answers from a recording; of two answers to one request, the later one wins.

    Args:
        path: file written by `RecordingModel`.
        key_of: function that returns the key of a request's answer.

    Raises:
        ConfigError: the file is missing or not a recording.
    """

    def __init__(self, path: Path, key_of: KeyOf) -> None:
        self._path = path
        self._key_of = key_of
        try:
            lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line]
            self._answers = {
                line["key"]: Completion(line["text"], line["sent"], line["received"], line["cut"])
                for line in lines
            }
        except (OSError, KeyError, TypeError, orjson.JSONDecodeError) as exc:
            raise ConfigError(
                f"The recording {path} cannot be read ({type(exc).__name__}: {exc}). Check "
                "CATALOGRAPH_LLM__REPLAY, or record it anew with CATALOGRAPH_LLM__RECORD."
            ) from exc

    async def complete(self, request: CompletionRequest) -> Completion:
        """Look up the answer.

        Raises:
            LanguageModelError: the recording has no such answer.
        """
        key = self._key_of(request)
        if key not in self._answers:
            raise LanguageModelError(
                f"The recording {self._path} has no answer to request {key[:12]}… about "
                f"'{request.subject}'. Model, parameters, prompt, schema and text must be those "
                "of the recording; record anew with CATALOGRAPH_LLM__RECORD."
            )
        return self._answers[key]
