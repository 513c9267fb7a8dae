"""What every request passes before it is executed: parsed, limited, validated, allowed."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    Token,
    validate,
)
from graphql.language.parser import Parser
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from catalograph.api.limits.cost import evaluate
from catalograph.api.limits.measure import MeasuredOperation, measure_document, pairs_alike
from catalograph.errors import CatalographError, LimitExceededError
from catalograph.settings import ApiSettings

_KEPT = 500
_MAX_ERRORS = 20
_MUTATION_COST = 10
_MAX_PAIRS = 5_000
"""Pairs of fields of one name at one place that validation may have to compare."""


@dataclass(frozen=True)
class CheckedDocument:
    """A document that was looked at once, and is kept.

    Attributes:
        document: parsed; None where it does not parse.
        errors: why it is refused, whoever sends it.
        operations: what its operations hold.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    operations: tuple[MeasuredOperation, ...] = ()

    def operation(self, name: str | None) -> MeasuredOperation | None:
        """Return the operation of a name; without one, the first."""
        return next((one for one in self.operations if name is None or one.name == name), None)


@dataclass(frozen=True)
class AdmittedOperation:
    """An operation about to be executed.

    Attributes:
        operation: what it holds.
        cost: what it may cost, with the variables of this request.
    """

    operation: MeasuredOperation
    cost: int

    @property
    def scopes(self) -> frozenset[str]:
        """All scopes it needs."""
        return frozenset(self.operation.measure.needs)


class Documents:
    """Parses and checks documents, and keeps what it found for the next request."""

    def __init__(self, settings: ApiSettings) -> None:
        self._limits = settings.limits
        self._introspection = settings.introspection_on
        self._kept: OrderedDict[str, CheckedDocument] = OrderedDict()
        self._trusted: dict[str, CheckedDocument] = {}

    def trust(self, schema: GraphQLSchema, text: str, rules: Sequence[Any]) -> CheckedDocument:
        """Check a document that may be longer than others, and keep it for good."""
        checked = self._check(schema, text, rules, max_tokens=None)
        self._trusted[text] = checked
        return checked

    def check(self, schema: GraphQLSchema, text: str, rules: Sequence[Any]) -> CheckedDocument:
        """Check a document, or recall what was found."""
        known = self._trusted.get(text) or self._kept.get(text)
        if known is not None:
            if text in self._kept:
                self._kept.move_to_end(text)
            return known
        if len(text) > self._limits.characters:
            most = f"{self._limits.characters:,}"
            error = LimitExceededError(f"A document has at most {most} characters.")
            return CheckedDocument(None, (_graphql(error),))
        checked = self._check(schema, text, rules, max_tokens=self._limits.tokens)
        self._kept[text] = checked
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return checked

    def _check(
        self, schema: GraphQLSchema, text: str, rules: Sequence[Any], *, max_tokens: int | None
    ) -> CheckedDocument:
        try:
            document = parse_document(text, max_tokens)
            operations = tuple(measure_document(schema, document))
            self._limit(document, operations)
        except RecursionError:
            error = LimitExceededError("The document is nested too deeply.")
            return CheckedDocument(None, (_graphql(error),))
        except GraphQLError as exc:
            # Kept without the frames it came through, which hold all that was parsed.
            return CheckedDocument(None, (exc.with_traceback(None),))
        except CatalographError as exc:
            return CheckedDocument(None, (_graphql(exc),))
        errors = validate(
            schema,
            document,
            (*rules, MaybeNullValidationRule, OneOfInputValidationRule),
            max_errors=_MAX_ERRORS,
            hide_suggestions=True,
        )
        return CheckedDocument(document, tuple(errors), operations)

    def _limit(self, document: DocumentNode, operations: tuple[MeasuredOperation, ...]) -> None:
        """Hold what was measured against the limits.

        Raises:
            LimitExceededError: names the first limit that is exceeded.
        """
        limits = self._limits
        measures = [operation.measure for operation in operations]
        if not self._introspection and any(m.introspects for m in measures):
            raise LimitExceededError("This server does not tell its schema: introspection is off.")
        for name, found, most in (
            ("operations", len(operations), limits.operations),
            ("levels of fields", max((m.depth for m in measures), default=0), limits.depth),
            ("fields", sum(m.fields for m in measures), limits.fields),
            ("spreads", sum(m.spreads for m in measures), limits.fields),
            ("fields of a root", sum(m.root_fields for m in measures), limits.root_fields),
            ("aliases", sum(m.aliases for m in measures), limits.aliases),
            ("directives", sum(m.directives for m in measures), limits.directives),
            (
                "lists within lists of an introspection",
                max((m.lists for m in measures), default=0),
                limits.introspection_lists,
            ),
        ):
            if found > most:
                raise LimitExceededError(
                    f"The document has {_short(found)} {name}, fragments spread out; "
                    f"at most {most:,} are taken."
                )
        if pairs_alike(document, _MAX_PAIRS) > _MAX_PAIRS:
            raise LimitExceededError("The document repeats the same fields too often.")


Admit = Callable[[Any, AdmittedOperation], Awaitable[None]]
"""Refuses, by an error, what this caller may not do now; gets the context of the request."""


class Guard:
    """Lets an operation through to its execution, or not.

    Args:
        documents: checks documents, and recalls what it found.
        list_size: how long a list may be that says nothing of its length.
        most: what an operation may cost.
        admit: refuses what this caller may not do now.
    """

    def __init__(self, documents: Documents, list_size: int, most: int, admit: Admit) -> None:
        self.documents = documents
        self._list_size = list_size
        self._most = most
        self._admit = admit

    async def refusals(
        self,
        checked: CheckedDocument,
        name: str | None,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> list[GraphQLError]:
        """Tell what is wrong with a document, or with this caller asking it; nothing, let it pass.

        Args:
            checked: the document.
            name: of the operation that is to be executed.
            variables: as sent.
            context: of the request.
        """
        if checked.errors:
            return list(checked.errors)
        try:
            await self._admit(context, self._find_operation(checked, name, variables))
        except GraphQLError as exc:
            return [exc]
        except CatalographError as exc:
            return [_graphql(exc)]
        return []

    def _find_operation(
        self, checked: CheckedDocument, name: str | None, variables: Mapping[str, Any] | None
    ) -> AdmittedOperation:
        """Find the operation that will be executed and what it costs.

        Raises:
            GraphQLError: there is no such operation.
            LimitExceededError: it costs too much.
        """
        operation = checked.operation(name)
        if operation is None:
            raise GraphQLError(f"Unknown operation named '{name}'.")
        given = {**operation.defaults, **(variables or {})}
        cost = evaluate(operation.measure.cost, given, self._list_size)
        if operation.type is OperationType.MUTATION:
            cost += _MUTATION_COST * operation.measure.root_fields
        cost = max(cost, 1)
        if cost > self._most:
            raise LimitExceededError(
                f"The operation may ask for {_short(cost)} objects; at most {self._most:,} are "
                "taken. Ask for shorter lists, or for less of each item."
            )
        return AdmittedOperation(operation, cost)


def parse_document(text: str, max_tokens: int | None) -> DocumentNode:
    """Parse a document and let its tokens go.

    They are linked both ways; left so, thousands of them would wait for the garbage collector, and
    a request at random for it, longer than any of these documents takes.

    Raises:
        GraphQLError: it does not parse, or has too many tokens.
        RecursionError: it is nested too deeply.
    """
    parser = Parser(text, max_tokens=max_tokens)
    try:
        return parser.parse_document()
    finally:
        token: Token | None = parser._lexer.token  # noqa: SLF001 - the one way to all of them
        while token is not None:
            before, token.prev, token.next = token.prev, None, None
            token = before


def _graphql(error: CatalographError) -> GraphQLError:
    return GraphQLError(str(error), original_error=error.with_traceback(None))


def _short(number: int) -> str:
    """Write a number that may have a hundred digits."""
    return f"{number:,}" if number < 10**9 else "more than 1,000,000,000"
