"""What a request works with: the services of the process and loaders of its own."""

from dataclasses import dataclass

import strawberry

from catalograph.api.cursors import CursorSigner
from catalograph.api.loaders import Loaders
from catalograph.api.served import ServedLog
from catalograph.schema import TextEncoder
from catalograph.schema.ports import ProductWriter
from catalograph.store import AsyncConnection


@dataclass(frozen=True)
class Services:
    """What lives as long as the server.

    Attributes:
        connection: to the database.
        cursors: signs cursors.
        served: takes note of served lists.
        encoder: makes query vectors; None for full-text search alone.
        products: writes products; None for a server that takes none.
    """

    connection: AsyncConnection
    cursors: CursorSigner
    served: ServedLog
    encoder: TextEncoder | None
    products: ProductWriter | None = None


class Context:
    """What lives as long as a request."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.connection = services.connection
        self.loaders = Loaders(services.connection)


Info = strawberry.Info[Context, None]
"""Strawberry's resolver info with this project's context."""
