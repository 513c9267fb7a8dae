"""Log set-up for the command line and the API; libraries only call `logging.getLogger`.

No log line contains an exception's message: messages of drivers and parsers may contain values,
such as search queries or personal data. Lines name the types of the exceptions and the places in
the code instead.
"""

import asyncio
import logging
import sys
import traceback
from collections.abc import Iterator, Sized
from pathlib import Path
from typing import Any

import orjson

from catalograph.settings import LogSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLACES = 8
"""Number of stack frames logged of each exception, the innermost ones."""


class _Formatter(logging.Formatter):
    """Formats exceptions by type and place, without their messages."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return format_causes(ei[1]) if ei[1] is not None else ""

    @staticmethod
    def extras(record: logging.LogRecord) -> dict[str, Any]:
        """Return the fields given as `extra`."""
        return {k: v for k, v in vars(record).items() if k not in _STANDARD}


class _JsonFormatter(_Formatter):
    """Formats a record as one JSON object a line: time, level, logger, event and `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields |= self.extras(record)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(fields, default=str).decode()


class _TextFormatter(_Formatter):
    """Formats a record as level, logger and event, then `name=value` of each `extra` field."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        extras = [f"{name}={value}" for name, value in self.extras(record).items()]
        return " ".join([super().formatMessage(record), *extras])


def configure(settings: LogSettings, *, others: bool = False) -> None:
    """Send this project's logs to standard error; call once, at the outermost frame.

    Args:
        settings: log level and format.
        others: whether to log the warnings of libraries too, so that a server's log has one format.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if settings.json_lines else _TextFormatter())
    logger = logging.getLogger("catalograph")
    logger.handlers = [handler]
    logger.setLevel(settings.level.upper())
    logger.propagate = False
    if others:
        logging.getLogger().handlers = [handler]


def log_unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an unhandled exception of an event loop, without its message."""
    exc = context.get("exception")
    told = {"error": format_causes(exc)} if isinstance(exc, BaseException) else {}
    logging.getLogger(__name__).error("unhandled in the event loop", extra=told)


def format_causes(exc: BaseException) -> str:
    """Describe an exception and its causes by type and place, without their messages."""
    return " < ".join(_describe(one) for one in _causes(exc))


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)


def _describe(exc: BaseException) -> str:
    frames = traceback.extract_tb(exc.__traceback__)[-_PLACES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return " ".join([type(exc).__name__, *(f"({place})" for place in places)])


def shorten(value: object, limit: int = 80) -> str:
    """Render a value for a log or a message: cut long texts, show long lists as a length."""
    if isinstance(value, str):
        return value if len(value) <= limit else f"{value[: limit - 1]}…"
    if isinstance(value, Sized) and not isinstance(value, bytes) and len(value) > 8:
        return f"<{type(value).__name__} of {len(value)}>"
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
