"""The GraphQL API: search, recommendations with reasons, events."""

from catalograph.api.app import create_app
from catalograph.api.schema import build_schema, schema_sdl

__all__ = ["build_schema", "create_app", "schema_sdl"]
