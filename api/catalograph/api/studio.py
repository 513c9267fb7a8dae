"""The Studio: the built page in a browser, served from files of this package.

Nothing is loaded from other hosts. The page's scripts and style sheets are files with a hash in
their names; a nonce in each answer lets the component library add its own style elements.
"""

import gzip
import json
import secrets
from collections.abc import Callable
from functools import lru_cache, partial
from html import escape
from importlib import resources
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from catalograph.settings.api import ApiSettings

_BUILT = ("console", "studio")
_NONCE = b"catalograph-nonce"
"""Text in the built page in place of the nonce; vite.config.ts has the same."""
_SERVER = b"catalograph-server"
"""Text in the built page in place of what the server says of itself."""
_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_FOREVER = "public, max-age=31536000, immutable"


def studio_routes(settings: ApiSettings) -> list[BaseRoute]:
    """Return the routes of the Studio: its page at each of its addresses, and its files.

    Args:
        settings: origins of pictures, the sign-in, and which documents are taken.
    """
    page = partial(_serve_page, policy=_write_policy(settings), server=_describe(settings))
    names = _page_names()
    return [
        Route("/", page),
        Route("/studio/{name}", _serve_file),
        *(
            Mount(f"/pictures/{number}", StaticFiles(directory=folder))
            for number, folder in enumerate(settings.image_copies.values())
        ),
        *(Route(f"/{name}", page) for name in names),
        *(Route(f"/{name}/{{rest:path}}", page) for name in names),
    ]


def _write_policy(settings: ApiSettings) -> Callable[[str], str]:
    """Return a function from a nonce to the content security policy."""
    issuer = urlsplit(settings.auth.issuer or "") if settings.auth.studio_client else None
    authority = f" {issuer.scheme}://{issuer.netloc}" if issuer and issuer.netloc else ""
    pictures = "".join(f" {origin}" for origin in settings.image_origins)

    def write(nonce: str) -> str:
        return (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; "
            f"style-src 'self' 'nonce-{nonce}'; connect-src 'self'{authority}; "
            f"img-src 'self' data: blob:{pictures}; font-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )

    return write


def studio_manifest() -> Path:
    """Return the manifest of the Studio's documents, for a server that takes trusted ones only."""
    return Path(str(resources.files("catalograph.api").joinpath(*_BUILT, "documents.json")))


async def _serve_page(request: Request, policy: Callable[[str], str], server: bytes) -> Response:
    """Serve the page; which part of it is shown, it reads from the address."""
    nonce = secrets.token_urlsafe(16)
    content = _read("index.html").replace(_NONCE, nonce.encode()).replace(_SERVER, server)
    headers = {**_HEADERS, "content-security-policy": policy(nonce), "cache-control": "no-store"}
    return Response(content, media_type="text/html", headers=headers)


async def _serve_file(request: Request) -> Response:
    """Serve a built file, compressed for those who take it."""
    name = request.path_params["name"]
    if name not in _file_names():
        return Response("Not Found", 404)
    headers = {**_HEADERS, "cache-control": _FOREVER, "vary": "accept-encoding"}
    media_type = guess_type(name)[0] or "application/octet-stream"
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(_compress(f"studio/{name}"), media_type=media_type, headers=headers)
    return Response(_read(f"studio/{name}"), media_type=media_type, headers=headers)


def _describe(settings: ApiSettings) -> bytes:
    """Describe what the page has to know before it can ask, as the value of an attribute."""
    auth = settings.auth
    openid = (
        {
            "authority": auth.issuer,
            "clientId": auth.studio_client,
            "scope": " ".join(["openid", *auth.studio_scopes]),
        }
        if auth.studio_client and auth.issuer
        else None
    )
    server = {
        "authentication": auth.configured,
        "openid": openid,
        "trustedOnly": settings.trusted_only,
        "shoppers": settings.studio_shoppers,
        "pictures": {
            beginning: f"/pictures/{number}/"
            for number, beginning in enumerate(settings.image_copies)
        },
        "imageOrigins": settings.image_origins,
    }
    return escape(json.dumps(server)).encode()


def _page_names() -> list[str]:
    """Return the first parts of the Studio's addresses, from the list that its source has."""
    return [str(page["path"]) for page in json.loads(_read("pages.json"))]


def _file_names() -> frozenset[str]:
    folder = resources.files("catalograph.api").joinpath(*_BUILT, "studio")
    return frozenset(file.name for file in folder.iterdir())


def _read(name: str) -> bytes:
    return resources.files("catalograph.api").joinpath(*_BUILT, name).read_bytes()


@lru_cache(maxsize=256)
def _compress(name: str) -> bytes:
    return gzip.compress(_read(name), 9, mtime=0)
