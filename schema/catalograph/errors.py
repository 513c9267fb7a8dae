"""Every error Catalograph raises, as one tree.

```
CatalographError                    .retryable = False, .context = {}
+ ConfigError                       a setting is wrong or contradicts another
|   + MissingSettingError           a needed setting has no value
|   + MissingExtraError             an optional dependency is not installed
+ DownloadError                     a part cannot be fetched, or its checksum differs
+ SchemaError                       the graph's contract
|   + UnknownTypeError              a label, relation or property the ontology lacks
|   + MigrationError                the database holds another schema version
+ StoreError                        speaking to Neo4j
|   + StoreUnavailableError         no answer, in time or at all         (retryable)
|   + StoreAuthError                user or password refused
|   + StoreForbiddenError           the account, or the database, may only be read
|   + WriteConflictError            another writer won, retries used up  (retryable)
|   + QueryError                    the statement was refused or ran out of memory
+ ArtefactError                     files of a published model are not what was published
+ ServerError                       the managed Neo4j
|   + AssemblyError                 the list of its jars is malformed
|   + ServerStartError              it did not come up
|   + ResourceError                 memory, disk or ports are not enough
|   + BackupError                   a backup cannot be made or restored
|   + BulkLoadError                 a graph cannot be loaded in bulk
+ IngestError                       reading feeds
|   + SourceFormatError             the file as a whole cannot be read
|   + MappingError                  a mapping file is wrong
|       + MappingProposalError      no mapping can be proposed for a file
|   + TrainingDataError             examples to learn from are missing or malformed
|   + RunCancelledError             someone asked the run to stop
|   + RollbackError                 a run cannot be rolled back
|   + LanguageModelError            a language model cannot be used
|       + ModelUnavailableError     no answer, in time or at all         (retryable)
|       + ModelOutputError          an answer that is not what was asked for
|       + BudgetExceededError       the spending limit is reached
+ EmbedError                        learning from the graph
|   + EmptySnapshotError            there is nothing to learn from
|   + EvaluationDataError           an evaluation folder is wrong
|   + DimensionMismatchError        vectors and index differ in length
|   + LearningLimitError            a training needs more time or memory than it may take
|   + LostProcessError              another process of a training is gone
|   + NotPublishedError             there is no live model to read or roll back to
|   + PrivacyBudgetError            a release would tell more of shoppers than was allowed
+ ClientError                       asking a server with `catalograph.client`
|   + ServerUnreachableError        no answer, in time or at all         (retryable)
|   + AnswerError                   an answer that is none of GraphQL
|   + OperationError                the server answered with errors; `code` says which
|       + TemporaryOperationError   the same operation may succeed later (retryable)
+ RequestError                      the caller of the API is at fault
    + NotFoundError                 no such node
    + BadCursorError                a cursor this server did not make
    + InvalidInputError             an argument is out of range or malformed
    + ConflictError                 it contradicts what was sent before
    + LimitExceededError            it asks for more than one may at a time
    + UnauthenticatedError          no credentials, or ones that do not hold
    + ForbiddenError                the caller may not do that
    + RateLimitedError              the caller used up what it may in this time  (retryable)
    + DocumentNotTrustedError       a document that is not in a manifest
        + DocumentNotFoundError     an id that no manifest has
    + StatementError                a Cypher statement of an analyst
        + StatementRefusedError     it would do more than read the graph
        + StatementInvalidError     it, or a parameter of it, is not right Cypher
        + StatementLimitError       it took more time or memory than it may
        + StatementBusyError        the database still works on earlier ones (retryable)
```

A message says what happened, with which value, what was expected and what to do. A bad row of
a feed is not an error but a `catalograph.schema.Rejection`: counted, kept and reported.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class CatalographError(Exception):
    """Base of all; `context` carries the values behind the message for logs."""

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later without any change by the caller."""

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context


class ConfigError(CatalographError):
    """A setting is wrong or contradicts another."""


class MissingSettingError(ConfigError):
    """A needed setting has no value."""


class MissingExtraError(ConfigError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(
            f"This needs the package '{module}', which is not installed. "
            f"Install it with: pip install 'catalograph[{extra}]'",
            extra=extra,
            module=module,
        )


class DownloadError(CatalographError):
    """A part cannot be fetched, or its checksum differs from the pinned one."""


class SchemaError(CatalographError):
    """The graph's contract is broken."""


class UnknownTypeError(SchemaError):
    """A label, relation or property the ontology lacks."""


class MigrationError(SchemaError):
    """The database holds a schema version this code cannot work with."""


class StoreError(CatalographError):
    """Speaking to Neo4j failed."""


class StoreUnavailableError(StoreError):
    """Neo4j gave no answer, in time or at all."""

    retryable = True


class StoreAuthError(StoreError):
    """Neo4j refused the user or the password."""


class StoreForbiddenError(StoreError):
    """Neo4j permits reading only: the account may not write, or the database is read-only."""


class WriteConflictError(StoreError):
    """Another writer won and the retries are used up."""

    retryable = True


class QueryError(StoreError):
    """Neo4j refused a statement, or it ran out of memory."""


class ArtefactError(CatalographError):
    """The files of a published model are missing, or are not what was published."""


class ServerError(CatalographError):
    """The managed Neo4j failed."""


class AssemblyError(ServerError):
    """The list of the server's jars is malformed."""


class ServerStartError(ServerError):
    """The managed Neo4j did not come up."""


class ResourceError(ServerError):
    """Memory, disk or ports are not enough."""


class BackupError(ServerError):
    """A backup cannot be made or restored."""


class BulkLoadError(ServerError):
    """A graph cannot be loaded in bulk."""


class IngestError(CatalographError):
    """Reading a feed failed as a whole."""


class SourceFormatError(IngestError):
    """A file cannot be read at all."""


class MappingError(IngestError):
    """A mapping file is wrong."""


class MappingProposalError(MappingError):
    """No mapping can be proposed for a file."""


class TrainingDataError(IngestError):
    """Examples to learn from are missing or malformed."""


class RunCancelledError(IngestError):
    """Someone asked the run to stop; what it had written stays."""


class RollbackError(IngestError):
    """A run cannot be rolled back."""


class LanguageModelError(IngestError):
    """A language model cannot be used."""


class ModelUnavailableError(LanguageModelError):
    """A language model gave no answer, in time or at all."""

    retryable = True


class ModelOutputError(LanguageModelError):
    """A language model's answer is not what was asked for."""


class BudgetExceededError(LanguageModelError):
    """The spending limit of a run is reached."""


class EmbedError(CatalographError):
    """Learning from the graph failed."""


class EmptySnapshotError(EmbedError):
    """There is nothing in the graph to learn from."""


class EvaluationDataError(EmbedError):
    """An evaluation folder lacks a file or holds something else."""


class DimensionMismatchError(EmbedError):
    """Vectors and their index differ in length."""


class LearningLimitError(EmbedError):
    """A training needs more time or memory than it may take."""


class LostProcessError(EmbedError):
    """Another process that takes part in a training is gone."""


class PrivacyBudgetError(EmbedError):
    """A release would tell more of shoppers than the privacy budget allows, or there is none."""


class NotPublishedError(EmbedError):
    """There is no live model of that kind."""


class ClientError(CatalographError):
    """Asking a server with `catalograph.client` failed."""


class ServerUnreachableError(ClientError):
    """The server gave no answer, in time or at all."""

    retryable = True


class AnswerError(ClientError):
    """An answer is none of GraphQL: another server's, or a proxy's."""


class OperationError(ClientError):
    """The server answered with errors; the first one speaks for all.

    Attributes:
        code: `extensions.code`, as docs/api.md lists them.
        request_id: to be found in the server's log.
        retry_after: seconds until it is worth trying again, where the server says so.
        errors: all of them, as they came.
        data: what was answered all the same.
    """

    def __init__(
        self,
        errors: Sequence[Mapping[str, Any]],
        data: Mapping[str, Any] | None,
        retry_after: float | None,
    ) -> None:
        extensions = errors[0].get("extensions", {})
        self.code: str = extensions.get("code", "UNKNOWN")
        self.request_id: str | None = extensions.get("requestId")
        self.retry_after = retry_after
        self.errors = errors
        self.data = data
        message = f"{errors[0].get('message')} ({self.code})"
        super().__init__(message, code=self.code, request_id=self.request_id)


class TemporaryOperationError(OperationError):
    """The server refused an operation that may succeed later."""

    retryable = True


class RequestError(CatalographError):
    """The caller of the API is at fault."""


class NotFoundError(RequestError):
    """No such node."""


class BadCursorError(RequestError):
    """A cursor this server did not make."""


class InvalidInputError(RequestError):
    """An argument is out of range or malformed."""


class LimitExceededError(RequestError):
    """A document, or what a caller holds open, is more than one may have at a time."""


class UnauthenticatedError(RequestError):
    """There are no credentials, or they do not hold."""


class ForbiddenError(RequestError):
    """The caller is known and may not do that."""


class RateLimitedError(RequestError):
    """The caller used up what it may in this time.

    Attributes:
        retry_after: seconds until it is worth trying again.
    """

    retryable = True

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DocumentNotTrustedError(RequestError):
    """A document was sent that is in no manifest, and only those are taken."""


class DocumentNotFoundError(DocumentNotTrustedError):
    """No manifest has a document of that id."""


class ConflictError(RequestError):
    """An input contradicts what was sent before."""


class StatementError(RequestError):
    """A Cypher statement of an analyst was not answered."""


class StatementRefusedError(StatementError):
    """A statement would do more than read the graph; `context["rule"]` names what it broke."""


class StatementInvalidError(StatementError):
    """A statement, or a parameter of it, is not right Cypher."""


class StatementLimitError(StatementError):
    """A statement took more time or memory than it may; sent again it would do the same."""


class StatementBusyError(StatementError):
    """The database still works on earlier statements, of the caller or of others.

    Attributes:
        retry_after: seconds until it is worth trying again.
    """

    retryable = True

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
