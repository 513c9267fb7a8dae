"""Answers: statements, each with the sources that it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import QueryPlan


class AnswerStatus(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    """The graph or a document of the shop states it."""
    UNKNOWN = "unknown"
    """Neither states it."""
    UNCLEAR = "unclear"
    """The question does not say what it is about."""
    SIGN_IN = "sign_in"
    """It is about a shopper's own orders, and the caller is no shopper."""
    HANDED_OVER = "handed_over"
    """A person has to answer; only in conversations."""


class SourceKind(StrEnum):
    """What a source is."""

    FACT = "fact"
    """An assertion of the graph."""
    RECORD = "record"
    """A record of a feed, which describes a product."""
    REVIEW = "review"
    """A review."""
    PASSAGE = "passage"
    """A passage of a document."""
    ORDER = "order"
    """An order of the shopper who asks."""


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """A source of a statement.

    Attributes:
        number: number by which statements cite it, from 1.
        kind: what it is.
        key: key of the node; of a fact, of its assertion.
        text: what it says, as far as statements rest on it.
        product: key of the product that it is about; None if it is about none.
        url: page of it; None without one.
        predicted: whether only imputation supports it.
    """

    number: int
    kind: SourceKind
    key: str
    text: str
    product: str | None = None
    url: str | None = None
    predicted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer.

    Attributes:
        text: the sentence.
        sources: numbers of its sources; empty only where it says that something is not known.
    """

    text: str
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A comparison.

    Attributes:
        columns: heads of the columns: one for the names of rows, then one for each product.
        rows: cells; blank where nothing is stated.
        sources: numbers of the sources of each cell.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    sources: Sequence[Sequence[tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        status: what became of the question.
        language: `en` or `zh`.
        statements: sentences in their order.
        sources: sources in the order of their numbers.
        products: keys of the products that it names, in order.
        table: comparison, if the question asked for one.
        plans: plans that were run.
        planned_by: `rules`, or the name of the language model that made the plans.
        worded_by: `template`, or the name of the language model that worded it.
    """

    status: AnswerStatus
    language: str
    statements: Sequence[Statement]
    sources: Sequence[AnswerSource] = ()
    products: Sequence[str] = ()
    table: AnswerTable | None = None
    plans: Sequence[QueryPlan] = ()
    planned_by: str = "rules"
    worded_by: str = "template"

    @property
    def text(self) -> str:
        """All statements, each with the numbers of its sources in brackets."""
        parts = [
            one.text + "".join(f"[{number}]" for number in one.sources) for one in self.statements
        ]
        return ("" if self.language == "zh" else " ").join(parts)


class AnswerListener(Protocol):
    """Hears of an answer while it is written."""

    def hear_plans(self, plans: Sequence[QueryPlan]) -> None:
        """Hear which plans are run."""

    def hear_statement(self, statement: Statement, sources: Sequence[AnswerSource]) -> None:
        """Hear a statement that answers, with its sources as far as they are read."""


@dataclass
class AnswerWriter:
    """Collects the statements of an answer and numbers their sources.

    Attributes:
        language: `en` or `zh`.
        listener: hears of each statement that answers; None for nobody.
        statements: sentences so far.
        products: keys of products so far.
        table: comparison.
        answered: whether a statement answers a part of the question.
        signed_out: whether a part of it is about orders, and nobody is signed in.
        nodes: names of the nodes that statements are about, by key.
    """

    language: str
    listener: AnswerListener | None = None
    statements: list[Statement] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    table: AnswerTable | None = None
    answered: bool = False
    signed_out: bool = False
    nodes: dict[str, str] = field(default_factory=dict)
    _sources: dict[tuple[SourceKind, str], AnswerSource] = field(default_factory=dict)

    @property
    def sources(self) -> list[AnswerSource]:
        """Sources in the order of their numbers."""
        return list(self._sources.values())

    def word(self, wording: Wording, **arguments: object) -> str:
        """Return a text in the language of the answer."""
        return wording.in_language(self.language).format(**arguments)

    def cite(
        self,
        kind: SourceKind,
        key: str,
        text: str,
        product: str | None = None,
        url: str | None = None,
        *,
        predicted: bool = False,
    ) -> int:
        """Return the number of a source; a new one for a new source.

        Args:
            kind: what it is.
            key: key of it.
            text: what it says; added to what it said before.
            product: key of the product that it is about.
            url: page of it.
            predicted: whether only imputation supports it.
        """
        at = kind, key
        known = self._sources.get(at)
        if known is None:
            number = len(self._sources) + 1
            known = AnswerSource(number, kind, key, text, product, url, predicted)
        elif text not in known.text:
            known = AnswerSource(
                known.number, kind, key, f"{known.text}\n{text}", known.product, known.url,
                known.predicted,
            )  # fmt: skip
        self._sources[at] = known
        return known.number

    def state(self, text: str, sources: Sequence[int], products: Sequence[str] = ()) -> None:
        """Add a statement that answers."""
        statement = Statement(text, tuple(dict.fromkeys(sources)))
        self.statements.append(statement)
        self.products += [key for key in products if key not in self.products]
        self.answered = True
        if self.listener is not None:
            cited = [one for one in self.sources if one.number in statement.sources]
            self.listener.hear_statement(statement, cited)

    def admit(self, text: str) -> None:
        """Add a sentence that says what is not known."""
        self.statements.append(Statement(text))

    def finish(self, plans: Sequence[QueryPlan]) -> Answer:
        """Return the answer."""
        status = AnswerStatus.ANSWERED if self.answered else AnswerStatus.UNKNOWN
        if self.signed_out and not self.answered:
            status = AnswerStatus.SIGN_IN
        return Answer(
            status, self.language, tuple(self.statements), tuple(self.sources),
            tuple(self.products), self.table, tuple(plans),
        )  # fmt: skip
