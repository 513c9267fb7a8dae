"""The privacy budget of a graph: how much all releases about its shoppers may tell of one of them.

A release is entered before its noise is drawn, in one transaction that refuses it when the budget
does not suffice. What was entered stays entered: a failed training, a roll-back, an erasure or a
larger budget take back nothing that may have been seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from catalograph.errors import PrivacyBudgetError
from catalograph.schema.privacy import BUDGET_KEY
from catalograph.store.connection.connect import Connection, Row, Transaction

TotalEpsilon = Callable[[Sequence[float], float], float]
"""Returns ε of releases with these noise multipliers together, at δ."""


@dataclass(frozen=True)
class PrivacyBudget:
    """The stated budget and what was spent.

    Attributes:
        epsilon: ε that all releases together may cost.
        delta: δ at which ε is counted.
        multipliers: noise multiplier of each release, in order.
        releases: time, kind of model and ε of each release, in order.
    """

    epsilon: float
    delta: float
    multipliers: tuple[float, ...]
    releases: tuple[Mapping[str, Any], ...]


def state_budget(
    connection: Connection, epsilon: float, delta: float, total: TotalEpsilon
) -> PrivacyBudget:
    """State the budget of a graph, or state it anew.

    Raises:
        PrivacyBudgetError: more than that was spent already.
    """

    def work(tx: Transaction) -> PrivacyBudget:
        for row in tx.run("lock_privacy_budget", key=BUDGET_KEY):
            spent = total(row["multipliers"], delta)
            if spent > epsilon:
                raise PrivacyBudgetError(
                    f"ε of {spent:.4g} was spent already at δ of {delta:g}, which is more than "
                    f"{epsilon:g}. What was released cannot be taken back; state at least "
                    f"{spent:.4g}."
                )
        [row] = tx.run("state_privacy_budget", key=BUDGET_KEY, epsilon=epsilon, delta=delta)
        return _read(row)

    return connection.write(work)


def read_budget(connection: Connection) -> PrivacyBudget | None:
    """Return the budget of a graph; None where none was stated."""
    rows = list(connection.read("read_privacy_budget", key=BUDGET_KEY))
    return _read(rows[0]) if rows else None


def spend_budget(
    connection: Connection, kind: str, epsilon: float, multiplier: float, total: TotalEpsilon
) -> tuple[PrivacyBudget, float]:
    """Enter a release, before its noise is drawn.

    Args:
        connection: connection to the graph.
        kind: kind of model that it is for.
        epsilon: ε of the release alone.
        multiplier: its noise multiplier.
        total: accounting.

    Returns:
        The budget with this release, and ε spent in all.

    Raises:
        PrivacyBudgetError: no budget was stated, or it does not suffice; nothing was entered.
    """

    def work(tx: Transaction) -> tuple[PrivacyBudget, float]:
        rows = list(tx.run("lock_privacy_budget", key=BUDGET_KEY))
        if not rows:
            raise PrivacyBudgetError(
                "This graph has no privacy budget. State what all releases together may cost: "
                "catalograph privacy budget --epsilon 8 --delta 1e-6"
            )
        before = _read(rows[0])
        after = total((*before.multipliers, multiplier), before.delta)
        if after > before.epsilon:
            spent = total(before.multipliers, before.delta)
            raise PrivacyBudgetError(
                f"The privacy budget does not suffice: ε is {before.epsilon:g} at δ of "
                f"{before.delta:g}, {spent:.4g} is spent by {len(before.releases)} releases, and "
                f"this one would make it {after:.4g}. The live version serves on; ask for a "
                "smaller ε, or state a larger budget by `catalograph privacy budget`.",
                epsilon=before.epsilon,
                spent=spent,
            )
        release = {"time": datetime.now(UTC).isoformat(), "kind": kind, "epsilon": epsilon}
        tx.run(
            "spend_privacy_budget",
            key=BUDGET_KEY,
            multiplier=multiplier,
            release=orjson.dumps(release).decode(),
        )
        spent_now = PrivacyBudget(
            before.epsilon,
            before.delta,
            (*before.multipliers, multiplier),
            (*before.releases, release),
        )
        return spent_now, after

    return connection.write(work)


def _read(row: Row) -> PrivacyBudget:
    return PrivacyBudget(
        row["epsilon"],
        row["delta"],
        tuple(row["multipliers"]),
        tuple(orjson.loads(release) for release in row["releases"]),
    )
