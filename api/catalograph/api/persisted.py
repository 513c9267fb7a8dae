"""Persisted (trusted) documents, known to the server beforehand, and the gate for all documents."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSchema, specified_rules

from catalograph.api.limits import Documents
from catalograph.errors import ConfigError, DocumentNotFoundError, DocumentNotTrustedError

_APOLLO = "apollo-persisted-query-manifest"


class PersistedDocuments:
    """Documents by their ids, and by the SHA-256 of their texts."""

    def __init__(self, documents: dict[str, str]) -> None:
        self._by_id = {
            hashlib.sha256(text.encode()).hexdigest(): text for text in documents.values()
        } | documents

    def __len__(self) -> int:
        return len(set(self._by_id.values()))

    def get(self, id_: str) -> str | None:
        """Return the text of a document."""
        return self._by_id.get(id_)


@dataclass(frozen=True)
class OperationRequest:
    """A client's request for an operation, over any transport.

    Attributes:
        document: text of the document.
        variables: variables as sent.
        operation: name of the operation to execute.
        extensions: extensions as sent.
        persisted: whether the document is of a manifest.
    """

    document: str
    variables: dict[str, Any] | None
    operation: str | None
    extensions: dict[str, Any] | None
    persisted: bool


class BadRequestError(Exception):
    """A request that is not a GraphQL request; each transport answers it in its own way."""

    def __init__(self, message: str, status: int = 400, allow: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.allow = allow


class DocumentGate:
    """The only entrance for documents, over HTTP and over web sockets.

    Args:
        persisted: documents known by their ids.
        trusted_only: whether documents that are not in a manifest are refused.
    """

    def __init__(self, persisted: PersistedDocuments, *, trusted_only: bool) -> None:
        self._persisted = persisted
        self._trusted_only = trusted_only

    def admit(self, given: Mapping[str, Any]) -> OperationRequest:
        """Read the parameters of a request and find its document.

        Args:
            given: `query`, or the id of a document as `documentId`, `id` or
                `extensions.persistedQuery.sha256Hash`; `variables`, `operationName`, `extensions`.

        Raises:
            BadRequestError: a parameter has a wrong type, or there is no document.
            DocumentNotFoundError: no manifest has the id.
            DocumentNotTrustedError: a free document, where only persisted ones are taken.
        """
        query = _read_typed(given, "query", str)
        variables = _read_typed(given, "variables", dict)
        operation = _read_typed(given, "operationName", str)
        extensions = _read_typed(given, "extensions", dict)
        id_ = _read_typed(given, "documentId", str) or _read_typed(given, "id", str)
        hashed = (extensions or {}).get("persistedQuery")
        if id_ is None and isinstance(hashed, dict):
            id_ = _read_typed(hashed, "sha256Hash", str)
        text = None if id_ is None else self._persisted.get(id_)
        if text is not None:
            return OperationRequest(text, variables, operation, extensions, persisted=True)
        # Apollo's clients send the text along with a hash that the server did not know.
        if id_ is not None and (query is None or self._trusted_only):
            raise DocumentNotFoundError(
                f"PersistedQueryNotFound: no manifest has a document '{id_[:80]}'."
            )
        if query is None:
            raise BadRequestError("The request has no 'query', and no 'documentId'.")
        if self._trusted_only:
            raise DocumentNotTrustedError(
                "Only persisted documents are taken; send 'documentId' with an id of a manifest."
            )
        return OperationRequest(query, variables, operation, extensions, persisted=False)


def _read_typed(given: Mapping[str, Any], name: str, type_: type) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, type_):
        wanted = "an object" if type_ is dict else "a string"
        raise BadRequestError(f"'{name}' must be {wanted}, or null.")
    return value


def load_persisted(
    manifests: tuple[Path, ...], schema: GraphQLSchema, documents: Documents
) -> PersistedDocuments:
    """Read manifests and check each document against the schema and the limits.

    They may have any number of tokens and characters; the other limits hold.

    Args:
        manifests: files of Apollo's form, `{"format": "apollo-persisted-query-manifest",
            "version": 1, "operations": [{"id", "body"}]}`, or Relay's, `{"<md5>": "query …"}`.
        schema: schema of the documents.
        documents: cache that keeps the checked documents without eviction.

    Raises:
        ConfigError: a manifest cannot be read, or a document of it would be refused.
    """
    found: dict[str, str] = {}
    for path in manifests:
        try:
            operations = list(_operations(orjson.loads(path.read_bytes())))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ConfigError(
                f"The manifest '{path}' is neither Apollo's nor Relay's form: {exc}"
            ) from exc
        for id_, text in operations:
            checked = documents.trust(schema, text, specified_rules)
            if checked.errors:
                raise ConfigError(
                    f"The document '{id_}' of the manifest '{path}' would be refused: "
                    f"{checked.errors[0].message}"
                )
            if found.setdefault(id_, text) != text:
                raise ConfigError(f"The manifests have two documents of the id '{id_}'.")
    return PersistedDocuments(found)


def _operations(manifest: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(manifest, dict):
        raise TypeError("it is not an object")
    if manifest.get("format") == _APOLLO:
        if manifest.get("version") != 1:
            raise ValueError(f"its version is {manifest.get('version')}, known is 1")
        pairs = [(operation["id"], operation["body"]) for operation in manifest["operations"]]
    else:
        pairs = list(manifest.items())
    for id_, text in pairs:
        if not (isinstance(id_, str) and id_ and isinstance(text, str)):
            raise TypeError("an id or a document is not a string")
        yield id_, text
