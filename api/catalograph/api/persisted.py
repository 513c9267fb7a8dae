"""Persisted (trusted) documents: known to the server beforehand, and asked for by their ids."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSchema, specified_rules

from catalograph.api.limits import Documents
from catalograph.errors import ConfigError

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


def load_persisted(
    manifests: tuple[Path, ...], schema: GraphQLSchema, documents: Documents
) -> PersistedDocuments:
    """Read manifests and check each document against the schema and the limits.

    They may have any number of tokens and characters; the other limits hold.

    Args:
        manifests: files of Apollo's form, `{"format": "apollo-persisted-query-manifest",
            "version": 1, "operations": [{"id", "body"}]}`, or Relay's, `{"<md5>": "query …"}`.
        schema: that they ask.
        documents: keeps them, checked, for good.

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
        raise TypeError("it is no object")
    if manifest.get("format") == _APOLLO:
        if manifest.get("version") != 1:
            raise ValueError(f"its version is {manifest.get('version')}, known is 1")
        pairs = [(operation["id"], operation["body"]) for operation in manifest["operations"]]
    else:
        pairs = list(manifest.items())
    for id_, text in pairs:
        if not (isinstance(id_, str) and id_ and isinstance(text, str)):
            raise TypeError("an id or a document is no text")
        yield id_, text
