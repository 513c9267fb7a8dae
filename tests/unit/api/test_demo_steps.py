"""What the demo does when the database is away, and what long commands say meanwhile."""

import io
import sys
import time

import pytest

from catalograph.cli import demo_run, progress
from catalograph.cli.progress import ProgressLine
from catalograph.errors import QueryError, StoreError, StoreUnavailableError


class Database:
    """Is away for the first so many times that it is asked."""

    def __init__(self, away: int, error: StoreError) -> None:
        self.away, self.error, self.asked = away, error, 0

    def ask(self) -> str:
        self.asked += 1
        if self.asked <= self.away:
            raise self.error
        return "answered"


GONE = StoreUnavailableError("The database did not answer in time.")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    paused: list[float] = []
    monkeypatch.setattr(time, "sleep", paused.append)
    return paused


def test_a_step_is_done_again_once_the_database_is_back(pauses: list[float]) -> None:
    said: list[str] = []
    assert demo_run._persist(Database(2, GONE).ask, said.append) == "answered"
    assert pauses == [2, 5]
    assert said[0] == "trying again in 2 s: The database did not answer in time."


def test_a_database_that_stays_away_ends_it_with_a_hint(pauses: list[float]) -> None:
    database = Database(99, GONE)
    with pytest.raises(StoreUnavailableError, match=r"in time\. Run the same command again: it"):
        demo_run._persist(database.ask, lambda _: None)
    assert database.asked == len(pauses) + 1 == 5


def test_what_a_pause_does_not_help_is_not_repeated(pauses: list[float]) -> None:
    database = Database(1, QueryError("refused"))
    with pytest.raises(QueryError, match="^refused$"):
        demo_run._persist(database.ask, lambda _: None)
    assert database.asked == 1


def test_off_a_terminal_steps_say_that_they_begin_and_that_they_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 1.2)
    with ProgressLine() as line:
        line.update("catalogue: 0%")
        line.update("catalogue: 40%")
        line.say("catalogue: 10 rows (0.1 s)")
        line.update("text: reading")
        line.update("text: 5 of 9")
        time.sleep(2)
    said = stream.getvalue().splitlines()
    assert said[:3] == ["catalogue: 0%", "catalogue: 10 rows (0.1 s)", "text: reading"]
    assert said[3].startswith("text: 5 of 9 (")
