"""What could not be written is kept, listed and replayed."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalograph.errors import NotFoundError
from catalograph.ingest import CatalogMapping
from catalograph.ingest.quarantine import (
    FILE,
    FeedQuarantine,
    Quarantine,
    QuarantineEntry,
    ReplayReport,
    WriteFailure,
    open_quarantine,
)
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.replay import row_replayer
from catalograph.schema import Rejection, RejectionReason
from catalograph.settings import load_settings
from catalograph.store import Connection, Writer
from tests.conftest import wipe

MAPPING = CatalogMapping(source="shop", id=("id",), title="title")
MISSING = Rejection(RejectionReason.MISSING, "title", "The row has no title.")


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / FILE)


def reject(quarantine: Quarantine, rows: list[FeedRow], *, with_text: bool = True) -> None:
    """An ingest of a feed that rejects these rows."""
    kept = FeedQuarantine(
        quarantine, "shop", "a.jsonl", MAPPING.model_dump_json(), with_text=with_text
    )
    with RejectionLog(None, "a.jsonl", with_text=with_text, quarantine=kept) as rejected:
        for row in rows:
            rejected.add(row, (MISSING, MISSING))


def test_rejected_rows_are_kept_until_their_feed_is_mended(quarantine: Quarantine) -> None:
    rows = [FeedRow(1, {"id": "1", "name": "Lamp"}, b'{"id": "1"}'), FeedRow(2, {"id": "2"}, b"{}")]
    reject(quarantine, rows)
    reject(quarantine, rows[:1])
    [entry] = quarantine.find()
    assert (entry.key, entry.reason, entry.attempts) == ("1", "missing title", 2)
    assert quarantine.count() == {"missing title": 1}
    with pytest.raises(NotFoundError):
        quarantine.find(ids=["none"])


def test_rows_of_reviews_are_kept_without_what_they_say(
    quarantine: Quarantine, tmp_path: Path
) -> None:
    reject(quarantine, [FeedRow(1, {"user": "ada"}, b"ada")], with_text=False)
    [entry] = quarantine.find()
    assert entry.payload is None
    assert not any(b"ada" in path.read_bytes() for path in tmp_path.iterdir())
    assert quarantine.replay([entry], {"row": lambda entries: {}}) == ReplayReport(left=1)


def test_an_entry_that_comes_good_is_gone_and_others_count_an_attempt(
    quarantine: Quarantine,
) -> None:
    quarantine.put(
        WriteFailure("text", "shop", "", key, "unavailable", "503", "{}") for key in ("a", "b", "c")
    )
    by_key = {entry.key: entry for entry in quarantine.find()}

    def replayer(entries: Sequence[QuarantineEntry]) -> dict[str, str | None]:
        return {by_key["a"].id: None, by_key["b"].id: "still 503"}

    assert quarantine.replay(list(by_key.values()), {"text": replayer}) == ReplayReport(1, 1, 1)
    left = {entry.key: entry for entry in quarantine.find(stage="text")}
    assert (set(left), left["b"].attempts, left["b"].detail) == ({"b", "c"}, 2, "still 503")


def test_only_the_user_may_read_the_file(tmp_path: Path) -> None:
    with open_quarantine(load_settings(home=tmp_path)):
        mode = (tmp_path / FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.neo4j
def test_rows_are_replayed_with_another_mapping(
    quarantine: Quarantine, connection: Connection
) -> None:
    wipe(connection)
    odd = {"id": "1", "name": "Lamp", "big": 2**70, "half": "\ud800"}
    reject(quarantine, [FeedRow(1, odd, b"1"), FeedRow(2, {"id": "2"}, b"2")])
    writer = Writer(connection)
    assert quarantine.replay(quarantine.find(), {"row": row_replayer(writer, "r")}) == ReplayReport(
        failed=2
    )
    other = MAPPING.model_copy(update={"title": "name"})
    replayed = quarantine.replay(quarantine.find(), {"row": row_replayer(writer, "r", other)})
    assert replayed == ReplayReport(repaired=1, failed=1)
    titles = connection.execute("MATCH (p:Product) RETURN p.title AS title")
    assert titles == [{"title": "Lamp"}]
    [left] = quarantine.find()
    assert (left.key, left.attempts) == ("2", 3)
