"""The field of the Query type about this server."""

from importlib.metadata import version

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import field
from catalograph.api.types.server import Server


@strawberry.type
class ServerQuery:
    """The field of the Query type about this server."""

    @field("This server, as its operators see it.", scope="operations:read")
    def server(self, info: Info) -> Server:
        """Read the settings."""
        settings = info.context.services.settings
        auth = settings.auth
        anonymous = info.context.services.diagnostics.anonymous_scopes
        return Server(
            version=version("catalograph"),
            authentication=auth.configured,
            anonymous_scopes=sorted(anonymous),
            rate=settings.rate_in_force,
            cost=settings.limits.cost,
            key_file=auth.api_key_file is not None,
        )
