"""Columns that say the same for several languages, currencies or channels."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from catalograph.ingest.mapping_inference.names import ColumnName, read_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft


@dataclass(frozen=True, slots=True)
class ColumnFamily:
    """Columns that differ only by language, currency or channel.

    Attributes:
        pattern: their name with `{language}`, `{currency}` or `{channel}`.
        members: the columns, best first.
    """

    pattern: str
    members: tuple[ColumnName, ...]

    @property
    def best(self) -> str:
        """The preferred column, which stands for the family."""
        return self.members[0].column

    def note(self, draft: MappingDraft) -> None:
        """Add the order of the languages, currencies and channels to a draft."""
        for member in self.members:
            for word, kept in (
                (member.language, draft.languages),
                (member.currency, draft.currencies),
                (member.channel, draft.channels),
            ):
                if word:
                    kept.setdefault(word)
        draft.columns.update(member.column for member in self.members)


def find_families(columns: Iterable[ColumnProfile]) -> dict[str, ColumnFamily]:
    """Return the families of several columns, by the column that stands for each.

    The preferred column has most values; of equal ones English is first, then the file's order.
    """
    profiles = {column.name: column for column in columns if column.filled}
    groups: dict[str, list[ColumnName]] = defaultdict(list)
    top = {n for n in profiles if n.rpartition(".")[0] not in profiles}
    for column in profiles:
        name = read_name(column)
        # Only columns of the row itself can be chosen among, not those within objects.
        if "{" in name.pattern and "{" not in column and column in top:
            groups[name.pattern].append(name)
    found = {}
    for pattern, members in groups.items():
        if len(members) < 2 or not _vary(members):
            continue
        order = list(profiles)
        members.sort(
            key=lambda m: (
                -round(profiles[m.column].filled / max(1, profiles[m.column].rows), 1),
                not (m.language or "").lower().startswith("en"),
                order.index(m.column),
            )
        )
        family = ColumnFamily(pattern, tuple(members))
        found[family.best] = family
    return found


def _vary(members: list[ColumnName]) -> bool:
    """Return whether each member has its own language, currency or channel."""
    said = {(m.language, m.currency, m.channel) for m in members}
    return len(said) == len(members)
