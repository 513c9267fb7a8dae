"""The form of log lines, and what they never hold."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from catalograph import log
from catalograph.settings import LogSettings

SECRET = "ann.other@example.org"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What went to standard error; handlers as they were afterwards."""
    names = ("", "catalograph", "uvicorn", "uvicorn.error")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one.handlers, one.level, one.propagate) for one in loggers]
    for one in loggers[2:]:  # a server of another test may have set these up for itself
        one.handlers, one.propagate = [], True
    yield lambda: capsys.readouterr().err
    for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def fail() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as exc:
        raise RuntimeError(f"failed on {SECRET}") from exc


@pytest.mark.parametrize("json_lines", [True, False])
def test_an_exception_is_told_by_kind_and_place_without_its_words(
    written: Callable[[], str], json_lines: bool
) -> None:
    log.configure(LogSettings(json_lines=json_lines), others=True)
    for name in ("catalograph.api", "uvicorn.error"):
        try:
            fail()
        except RuntimeError:
            logging.getLogger(name).exception("request failed")
    text = written()
    assert SECRET not in text
    assert text.count("RuntimeError") == 2
    assert text.count("ValueError") == 2
    assert text.count("test_log.py:") == 6


def test_extras_are_fields_of_a_json_line_and_pairs_in_a_text_line(
    written: Callable[[], str],
) -> None:
    logger = logging.getLogger("catalograph.api")
    log.configure(LogSettings(json_lines=True))
    logger.warning("request", extra={"ms": 1.5, "codes": ["A"]})
    log.configure(LogSettings())
    logger.warning("request", extra={"ms": 1.5, "codes": ["A"]})
    first, second = written().splitlines()
    line = json.loads(first)
    assert (line["event"], line["level"], line["ms"], line["codes"]) == (
        "request",
        "warning",
        1.5,
        ["A"],
    )
    assert second == "WARNING catalograph.api: request ms=1.5 codes=['A']"
