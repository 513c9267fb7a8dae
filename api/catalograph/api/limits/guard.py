"""Checks of every request before its execution: parse, limit, validate, authorize."""

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
from catalograph.settings.api import ApiSettings

_KEPT = 500
"""Number of cached documents; the least recently used one is dropped."""
_MAX_ERRORS = 20
_MUTATION_COST = 10
"""Cost of each mutation field, beside the objects of its answer."""
_MAX_PAIRS = 5_000
"""Pairs of fields of one name at one place that validation may have to compare."""


@dataclass(frozen=True)
class CheckedDocument:
    """A document with the cached result of its check.

    Attributes:
        document: parsed document; None where it does not parse.
        errors: reasons to refuse it, the same for every caller.
        operations: measures of its operations.
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
        operation: measures of the operation.
        cost: maximum cost, with the variables of this request.
    """

    operation: MeasuredOperation
    cost: int

    @property
    def scopes(self) -> frozenset[str]:
        """All scopes that it needs."""
        return frozenset(self.operation.measure.needs)


class Documents:
    """Parses and checks documents, and caches the results."""

    def __init__(self, settings: ApiSettings) -> None:
        self._limits = settings.limits
        self._introspection = settings.introspection_on
        self._kept: OrderedDict[str, CheckedDocument] = OrderedDict()
        self._trusted: dict[str, CheckedDocument] = {}

    def trust(self, schema: GraphQLSchema, text: str, rules: Sequence[Any]) -> CheckedDocument:
        """Check a document that may be longer than others, and cache it without eviction."""
        checked = self._check(schema, text, rules, max_tokens=None)
        self._trusted[text] = checked
        return checked

    def check(self, schema: GraphQLSchema, text: str, rules: Sequence[Any]) -> CheckedDocument:
        """Check a document, or return the cached result."""
        known = self._trusted.get(text) or self._kept.get(text)
        if known is not None:
            if text in self._kept:
                self._kept.move_to_end(text)
            return known
        if len(text) > self._limits.characters:
            most = f"{self._limits.characters:,}"
            error = LimitExceededError(f"A document has at most {most} characters.")
            # Not cached: the text is the key, and it may have any length.
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
            # Kept without its traceback, whose frames hold all that was parsed.
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
        """Compare the measures of a document with the limits.

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
"""Raises an error for an operation that this caller may not run now; gets the request context."""


class Guard:
    """Admits an operation to its execution, or refuses it.

    Args:
        documents: checker and cache of documents.
        list_size: size assumed for a list without `first` or `last`.
        most: maximum cost of an operation.
        admit: function that refuses an operation that this caller may not run now.
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
        """Return the errors of a document, or of this caller's right to run it; empty to admit it.

        Args:
            checked: the document.
            name: name of the operation to execute.
            variables: variables as sent.
            context: context of the request.
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
        """Return the operation to execute, with its cost.

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
    """Parse a document and unlink its tokens.

    Tokens are linked both ways; left so, thousands of them would wait for the garbage collector,
    and some later request would wait for that collection, longer than for any of these documents.

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
    """Return the text of a number that may have a hundred digits."""
    return f"{number:,}" if number < 10**9 else "more than 1,000,000,000"
