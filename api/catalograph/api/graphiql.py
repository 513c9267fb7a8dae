"""GraphiQL, served from files of this package: nothing is loaded from other hosts."""

from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "start.css": "text/css; charset=utf-8",
    "react.js": "text/javascript; charset=utf-8",
    "react-dom.js": "text/javascript; charset=utf-8",
    "graphiql.js": "text/javascript; charset=utf-8",
    "graphiql.css": "text/css; charset=utf-8",
}
_HEADERS = {
    # The editor sets inline styles; scripts come from files only.
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def graphiql_routes() -> list[Route]:
    """Return the page's routes, for servers that allow introspection."""
    return [Route("/graphiql", _page), Route("/graphiql/{name}", _file)]


async def _page(request: Request) -> Response:
    """Serve the page."""
    return _respond("index.html")


async def _file(request: Request) -> Response:
    """Serve a file of the page."""
    name = request.path_params["name"]
    return _respond(name) if name in _TYPES else Response("Not Found", 404)


def _respond(name: str) -> Response:
    folder = resources.files("catalograph.api") / "console" / "graphiql"
    content = (folder / name).read_bytes()
    return Response(content, headers={**_HEADERS, "content-type": _TYPES[name]})
