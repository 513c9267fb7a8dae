"""What a language model learns from: texts, and dialogues in JSON lines.

```
{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}
{"prompt": "…", "completion": "…", "system": "…", "kind": "…"}
{"text": "…"}
```
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from catalograph.errors import TrainingDataError

_ROLES = ("system", "user", "assistant")
_COMPLETE = {
    "en": "Write on. A text of a shop begins with:",
    "zh": "请续写。商店的一段文字开头是：",
}


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A turn of a dialogue: its role, `system`, `user` or `assistant`, and its text."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns of which a model learns the assistant's.

    Attributes:
        turns: turns; the last one is the assistant's.
        kind: what is learned, such as `plan`, for figures by kind; blank for none.
    """

    turns: tuple[ChatTurn, ...]
    kind: str = ""

    @property
    def prompt(self) -> tuple[ChatTurn, ...]:
        """The turns before the last one."""
        return self.turns[:-1]

    @property
    def completion(self) -> str:
        """The text of the last turn."""
        return self.turns[-1].content


def ask(question: str, answer: str, *, system: str = "", kind: str = "") -> Dialogue:
    """Return a dialogue of one question."""
    head = (ChatTurn("system", system),) if system else ()
    return Dialogue((*head, ChatTurn("user", question), ChatTurn("assistant", answer)), kind)


def halve_text(text: str, language: str) -> Dialogue | None:
    """Return a text as a task: its second half after a prompt with the first; None if too short."""
    words = text.split(" ") if language != "zh" else list(text)
    half = len(words) // 2
    if half == 0:
        return None
    join = "" if language == "zh" else " "
    return ask(f"{_COMPLETE[language]}\n{join.join(words[:half])}", join.join(words[half:]))


def read_texts(file: Path) -> list[str]:
    """Read texts: the lines of a file, or `text` of JSON lines; blank ones are left out.

    Raises:
        TrainingDataError: the file cannot be read, a row has no text, or there is none.
    """
    if _is_json(file):
        texts = [_text_of(row, file, number) for number, row in _read_rows(file)]
    else:
        texts = [line.strip() for line in _read_lines(file)]
    found = [text for text in texts if text]
    if not found:
        raise TrainingDataError(f"'{file}' has no texts.")
    return found


def read_dialogues(file: Path) -> list[Dialogue]:
    """Read dialogues of JSON lines, as the head of this module describes them.

    Raises:
        TrainingDataError: the file cannot be read, a line is no dialogue, or there is none.
    """
    found = []
    for number, row in _read_rows(file):
        try:
            found.append(_dialogue_of(row))
        except (KeyError, TypeError, ValueError) as exc:
            raise TrainingDataError(
                f"Line {number} of '{file}' is no dialogue ({exc}). Expected 'messages' with "
                "'role' and 'content', of which the last is the assistant's; or 'prompt' and "
                "'completion'."
            ) from exc
    if not found:
        raise TrainingDataError(f"'{file}' has no dialogues.")
    return found


def write_dialogues(dialogues: Iterable[Dialogue], file: Path) -> None:
    """Write dialogues as JSON lines."""
    with file.open("wb") as stream:
        for one in dialogues:
            messages = [{"role": turn.role, "content": turn.content} for turn in one.turns]
            row: dict[str, Any] = {"messages": messages}
            stream.write(orjson.dumps(row | ({"kind": one.kind} if one.kind else {})) + b"\n")


def hash_data(examples: Sequence[Dialogue] | Sequence[str]) -> str:
    """Return BLAKE2b-128 of texts or dialogues, in hexadecimal."""
    digest = hashlib.blake2b(digest_size=16)
    for one in examples:
        parts = [one] if isinstance(one, str) else [f"{t.role}\x1f{t.content}" for t in one.turns]
        digest.update("\x1e".join(parts).encode("utf-8", "surrogatepass") + b"\x1d")
    return digest.hexdigest()


def _dialogue_of(row: Mapping[str, Any]) -> Dialogue:
    kind = str(row.get("kind", ""))
    if "messages" not in row:
        prompt, completion = row["prompt"], row["completion"]
        if not isinstance(prompt, str) or not isinstance(completion, str) or not completion:
            raise ValueError("'prompt' or 'completion' is no text")
        return ask(prompt, completion, system=str(row.get("system", "")), kind=kind)
    turns = tuple(ChatTurn(one["role"], one["content"]) for one in row["messages"])
    for turn in turns:
        if turn.role not in _ROLES:
            raise ValueError(f"the role '{turn.role}' is none of {', '.join(_ROLES)}")
        if not isinstance(turn.content, str):
            raise TypeError("a 'content' is no text")
    if len(turns) < 2 or turns[-1].role != "assistant" or not turns[-1].content:
        raise ValueError("the last turn is not an answer of the assistant")
    return Dialogue(turns, kind)


def _text_of(row: Mapping[str, Any], file: Path, number: int) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise TrainingDataError(f"Line {number} of '{file}' has no 'text'.")
    return text.strip()


def _is_json(file: Path) -> bool:
    return ".json" in "".join(file.suffixes[-2:]).lower()


def _read_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_read_lines(file), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise TrainingDataError(f"Line {number} of '{file}' is no JSON ({exc}).") from exc
        if not isinstance(row, dict):
            raise TrainingDataError(f"Line {number} of '{file}' is no JSON object.")
        yield number, row


def _read_lines(file: Path) -> Iterator[str]:
    try:
        # Both openers take the same arguments.
        with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as stream:
            yield from stream
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as exc:
        raise TrainingDataError(
            f"'{file}' cannot be read ({exc}); expected a UTF-8 file, plain or gzipped."
        ) from exc
