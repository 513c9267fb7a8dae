"""Log set-up for the command line and the API; libraries only call `logging.getLogger`."""

import logging
import sys
from collections.abc import Sized

import orjson

from catalograph.settings import LogSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event and whatever `extra` held."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(fields, default=str).decode()


def configure(settings: LogSettings) -> None:
    """Send this project's logs to standard error; call once, at the outermost frame."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonFormatter()
        if settings.json_lines
        else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    logger = logging.getLogger("catalograph")
    logger.handlers = [handler]
    logger.setLevel(settings.level.upper())
    logger.propagate = False


def shorten(value: object, limit: int = 80) -> str:
    """Render a value for a log or a message: long texts cut, vectors and lists as their length."""
    if isinstance(value, str):
        return value if len(value) <= limit else f"{value[: limit - 1]}…"
    if isinstance(value, Sized) and not isinstance(value, bytes) and len(value) > 8:
        return f"<{type(value).__name__} of {len(value)}>"
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
