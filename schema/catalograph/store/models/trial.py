"""Trials: two versions of a kind serve interleaved lists, and shoppers' clicks decide.

The live version names its rival, the version in the other slot, on its Model node. Readers look the
rival up in the statement that finds the live version. A publish makes another version live, and so
ends the trial.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from catalograph.errors import NotPublishedError
from catalograph.store.connection.connect import Connection
from catalograph.store.models.publish import (
    StagedModel,
    live_models,
    slot_lost,
    switch_properties,
)


@dataclass(frozen=True)
class Trial:
    """A trial under way, and its votes so far.

    A shopper votes for the version that placed more of the items that the shopper clicked in
    interleaved lists; a tie is no vote. An anonymous click votes with its list.

    Attributes:
        live: key of the live version.
        rival: key of the version in the other slot.
        started: when it began.
        live_votes: votes for the live version.
        rival_votes: votes for the rival.
        lists: interleaved lists served.
    """

    live: str
    rival: str
    started: datetime
    live_votes: int
    rival_votes: int
    lists: int


def stage_rival(connection: Connection, staged: StagedModel) -> None:
    """Start a trial of a staged version against the live one, which stays live.

    Raises:
        NotPublishedError: no version is live.
        WriteConflictError: another publish took the slot of the version; nothing was changed.
    """
    live = live_models(connection).get(staged.kind)
    if live is None:
        raise NotPublishedError(f"There is no live model of kind '{staged.kind}' to try against.")
    row = {"key": staged.key, "slot": staged.slot, "properties": switch_properties(staged)}
    now = datetime.now(UTC)
    if not connection.write(lambda tx: tx.run("admit_rival", live=live.key, row=row, now=now)):
        raise slot_lost(staged.key)


def start_trial(connection: Connection, kind: str) -> bool:
    """Start a trial of the live version against the one in the other slot; False if there is none.

    A stale version is not tried.
    """
    now = datetime.now(UTC)
    return bool(connection.write(lambda tx: tx.run("start_trial", kind=kind, now=now)))


def read_trial(connection: Connection, kind: str) -> Trial | None:
    """Return the trial of a kind with its votes; None if there is none."""
    for row in connection.read("read_trial", kind=kind):
        return Trial(**(row | {"started": row["started"].to_native()}))
    return None


def end_trial(connection: Connection, kind: str) -> None:
    """End the trial of a kind: the live version serves alone."""
    connection.write(lambda tx: tx.run("end_trial", kind=kind))
