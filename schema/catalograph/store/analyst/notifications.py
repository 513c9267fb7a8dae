"""Notifications of the database about a statement, such as a mistyped name."""

import re
from dataclasses import dataclass

import neo4j

from catalograph.schema import ONTOLOGY
from catalograph.schema.suggest import did_you_mean

_NAMED = re.compile(r"`([^`]+)`")
_UNKNOWN = {
    "01N50": sorted(node.label for node in ONTOLOGY.nodes),
    "01N51": sorted(relation.name for relation in ONTOLOGY.relations),
    "01N52": sorted(
        {p.name for node in ONTOLOGY.nodes for p in node.properties}
        | {p.name for relation in ONTOLOGY.relations for p in relation.properties}
    ),
}
"""Known names for suggestions, by the GQL status of an unknown name."""


@dataclass(frozen=True)
class Notification:
    """A notification about a result.

    Attributes:
        code: GQL status code of the database, or `EMPTY_RESULT`.
        title: kind of notification, such as `UNRECOGNIZED`.
        description: text of the notification, with a suggestion for an unknown name.
    """

    code: str
    title: str
    description: str


def notifications_of(summary: neo4j.ResultSummary) -> tuple[Notification, ...]:
    """Return the server's notifications of a statement, with a suggestion for unknown names."""
    return tuple(
        Notification(
            found.gql_status,
            found.raw_classification or "NOTIFICATION",
            _with_suggestion(found.gql_status, found.status_description),
        )
        for found in summary.gql_status_objects
        if found.is_notification
    )


def _with_suggestion(status: str, description: str) -> str:
    name = _NAMED.search(description)
    return description + did_you_mean(name[1], _UNKNOWN.get(status, ())) if name else description
