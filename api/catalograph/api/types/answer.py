"""Answers to questions, with their sources."""

import strawberry

from catalograph.api.cursors import global_id
from catalograph.assistant.answers import (
    Answer,
    AnswerSource,
    AnswerStatus,
    AnswerTable,
    SourceKind,
    Statement,
)
from catalograph.schema.query_plan import write_plan

strawberry.enum(AnswerStatus, description="What became of a question.")
strawberry.enum(SourceKind, description="What a source of an answer is.")


@strawberry.type(description="A sentence of an answer.", name="AnswerStatement")
class AnswerSentence:
    """A statement."""

    text: str = strawberry.field(description="The sentence.")
    sources: list[int] = strawberry.field(
        description="Numbers of its sources; empty only where it says that something is not known."
    )

    @classmethod
    def of(cls, one: Statement) -> "AnswerSentence":
        """Wrap a statement."""
        return cls(text=one.text, sources=list(one.sources))


@strawberry.type(description="A source of an answer.")
class AnswerCitation:
    """A source."""

    number: int = strawberry.field(description="Number by which statements cite it, from 1.")
    id: strawberry.ID = strawberry.field(
        description="Global id, for `node(id:)`; a RECORD is no node there."
    )
    kind: SourceKind = strawberry.field(description="What it is.")
    key: str = strawberry.field(
        description="Key of the node; of a fact, of its assertion, as in `Product.assertions`."
    )
    text: str = strawberry.field(description="What it says, as far as statements rest on it.")
    product_key: str | None = strawberry.field(
        description="Key of the product that it is about; null if it is about none."
    )
    url: str | None = strawberry.field(description="Page of it.")
    predicted: bool = strawberry.field(
        description="Whether a model supposes it, and no record states it."
    )

    @classmethod
    def of(cls, one: AnswerSource) -> "AnswerCitation":
        """Wrap a source."""
        return cls(
            number=one.number,
            id=strawberry.ID(global_id(one.key)),
            kind=one.kind,
            key=one.key,
            text=one.text,
            product_key=one.product,
            url=one.url,
            predicted=one.predicted,
        )


@strawberry.type(description="A row of a comparison.")
class ComparisonRow:
    """A row."""

    cells: list[str] = strawberry.field(
        description="Name of the row, then one cell for each product; blank where nothing is "
        "stated."
    )
    sources: list[list[int]] = strawberry.field(
        description="Numbers of the sources of each cell, in the same order."
    )


@strawberry.type(description="Products side by side.")
class ComparisonTable:
    """A comparison."""

    columns: list[str] = strawberry.field(description="Heads of the columns.")
    rows: list[ComparisonRow] = strawberry.field(description="Rows.")

    @classmethod
    def of(cls, table: AnswerTable) -> "ComparisonTable":
        """Wrap a comparison."""
        return cls(
            columns=list(table.columns),
            rows=[
                ComparisonRow(cells=list(cells), sources=[list(numbers) for numbers in sources])
                for cells, sources in zip(table.rows, table.sources, strict=True)
            ],
        )


@strawberry.type(description="An answer to a question, from the graph and the shop's documents.")
class QuestionAnswer:
    """An answer."""

    status: AnswerStatus = strawberry.field(description="What became of the question.")
    language: str = strawberry.field(description="`en` or `zh`, as the question.")
    text: str = strawberry.field(
        description="All statements, each with the numbers of its sources in brackets."
    )
    statements: list[AnswerSentence] = strawberry.field(description="Sentences in their order.")
    sources: list[AnswerCitation] = strawberry.field(
        description="Sources in the order of their numbers."
    )
    product_keys: list[str] = strawberry.field(
        description="Keys of the products that it names, in order."
    )
    table: ComparisonTable | None = strawberry.field(
        description="Comparison, if the question asked for one."
    )
    plans: list[str] = strawberry.field(
        description="Query plans that were run, as JSON; see the documentation for their form."
    )

    planned_by: str = strawberry.field(
        description="`rules`, or the name of the language model that made the plans."
    )
    worded_by: str = strawberry.field(
        description="`template`, or the name of the language model that worded it; its words were "
        "verified."
    )

    @classmethod
    def of(cls, answer: Answer) -> "QuestionAnswer":
        """Wrap an answer."""
        return cls(
            status=answer.status,
            language=answer.language,
            text=answer.text,
            statements=[AnswerSentence.of(one) for one in answer.statements],
            sources=[AnswerCitation.of(one) for one in answer.sources],
            product_keys=list(answer.products),
            table=None if answer.table is None else ComparisonTable.of(answer.table),
            plans=[write_plan(plan) for plan in answer.plans],
            planned_by=answer.planned_by,
            worded_by=answer.worded_by,
        )
