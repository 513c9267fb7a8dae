"""Who is let in: API keys, JSON web tokens, and what is made of bad ones."""

import base64
import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from typer.testing import CliRunner

from catalograph.api.auth import ALL_SCOPES, EVERYBODY, Authenticator, new_key, own_user
from catalograph.api.auth.keys import hash_key, read_keys
from catalograph.api.auth.principal import Principal
from catalograph.cli import app
from catalograph.errors import ConfigError, ForbiddenError, UnauthenticatedError
from catalograph.schema import keys
from catalograph.settings import Settings

from .conftest import Serve

pytestmark = pytest.mark.anyio
Away = Callable[..., Settings]
SIGNER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
USER = keys.user_key("shop", "alice", b"a secret of the tests")
MALLORY = keys.user_key("shop", "mallory", b"a secret of the tests")


def public_pem() -> bytes:
    return SIGNER.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture
def jwks(tmp_path: Path) -> dict[str, Any]:
    """Settings of `api` with a key set of an RSA key, a curve and a shared secret."""
    rsa_key = json.loads(RSAAlgorithm.to_jwk(SIGNER.public_key()))
    curve = json.loads(ECAlgorithm.to_jwk(CURVE.public_key()))
    shared = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "shared"}
    listed = [rsa_key | {"kid": "one", "use": "sig"}, curve | {"kid": "two"}, shared]
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": listed}))
    auth = {
        "jwks": str(path),
        "audience": "shop-api",
        "issuer": "https://id.example.com",
        "leeway": 0,
        "user_source": "shop",
    }
    return {"auth": auth}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    held = {
        "sub": "alice",
        "aud": "shop-api",
        "iss": "https://id.example.com",
        "exp": now + 60,
        "scope": "catalog:read recommend:read email",
    } | changes
    return {name: value for name, value in held.items() if value is not None}


def token(key: Any = SIGNER, algorithm: str = "RS256", kid: Any = "one", **changes: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changes), key, algorithm, headers=headers)


def handmade(header: dict[str, Any], secret: bytes | None) -> str:
    """A token as no library would make it."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims())
    ]
    signed = b".".join(parts)
    mark = b"" if secret is None else hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


ATTACKS: dict[str, Callable[[], str]] = {
    "expired": lambda: token(exp=int(time.time()) - 10),
    "not yet valid": lambda: token(nbf=int(time.time()) + 60),
    "no expiry": lambda: token(exp=None),
    "no subject": lambda: token(sub=None),
    "wrong audience": lambda: token(aud="another-api"),
    "no audience": lambda: token(aud=None),
    "wrong issuer": lambda: token(iss="https://evil.example.com"),
    "another's signature": lambda: token(OTHER),
    "signature cut off": lambda: token().rsplit(".", 1)[0] + ".",
    "claims exchanged": lambda: ".".join(
        [token().split(".")[0], token(sub="mallory").split(".")[1], token().split(".")[2]]
    ),
    "alg none": lambda: handmade({"alg": "none", "typ": "JWT", "kid": "one"}, None),
    "alg None": lambda: handmade({"alg": "None", "typ": "JWT", "kid": "one"}, None),
    "the public key as a shared secret": lambda: handmade(
        {"alg": "HS256", "typ": "JWT", "kid": "one"}, public_pem()
    ),
    "a shared secret of the key set": lambda: token(b"x" * 32, "HS256", "shared"),
    "an algorithm that is not in the list": lambda: token(algorithm="PS256"),
    "a key of another family": lambda: token(CURVE, "ES256", "one"),
    "kid of nobody": lambda: token(kid="three"),
    "kid a path": lambda: token(kid="../../../../dev/null"),
    "kid an address": lambda: token(kid="https://evil.example.com/jwks.json"),
    "kid SQL": lambda: token(kid="one' OR '1'='1"),
    "kid a list": lambda: handmade({"alg": "RS256", "kid": ["one"]}, b"x"),
    "no kid among several": lambda: token(kid=None),
    "jku and an own key": lambda: jwt.encode(
        claims(), OTHER, "RS256", headers={"jku": "https://evil.example.com", "kid": "evil"}
    ),
    "no token at all": lambda: "x",
    "a token of 20,000 characters": lambda: token(extra="x" * 20_000),
}


async def test_a_good_token_is_let_in(away: Away, jwks: dict[str, Any]) -> None:
    known = Authenticator(away(**jwks))
    for good in (token(), token(CURVE, "ES256", "two")):
        principal = await known.authenticate({"Authorization": f"Bearer {good}"})
        assert principal.user_key == USER
        assert principal.scopes == {"catalog:read", "recommend:read"}
        assert "alice" not in principal.subject


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_bad_token_is_refused(away: Away, jwks: dict[str, Any], attack: str) -> None:
    known = Authenticator(away(**jwks))
    with pytest.raises(UnauthenticatedError):
        await known.authenticate({"authorization": f"Bearer {ATTACKS[attack]()}"})


class Publisher:
    """An issuer that publishes its key set on https, with a certificate of its own."""

    def __init__(self, folder: Path) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.up = True
        self.certificate = folder / "certificate.pem"
        private = folder / "private.pem"
        self._certify(private)
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                self.send_response(200 if publisher.up else 503)
                self.end_headers()
                self.wfile.write(json.dumps({"keys": publisher.keys}).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, private)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self._server.server_port}/jwks.json"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _certify(self, private: Path) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer of the tests")])
        now = datetime.datetime.now(datetime.UTC)
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(CURVE.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(here, critical=False)
            .sign(CURVE, hashes.SHA256())
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            CURVE.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    made = Publisher(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    yield made
    made.close()


def public(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return described | {"kid": kid, "use": "sig"}


async def test_a_published_key_set_is_read_anew_when_its_issuer_changes_keys(
    away: Away, jwks: dict[str, Any], publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.keys = [public(SIGNER, "one")]
    jwks["auth"]["jwks"] = publisher.address
    known = Authenticator(away(**jwks))
    let_in = {"authorization": f"Bearer {token()}"}
    changed = {"authorization": f"Bearer {token(OTHER, kid='two')}"}
    assert (await known.authenticate(let_in)).user_key == USER

    publisher.keys.append(public(OTHER, "two"))
    for _ in range(3):  # not at once: whoever makes key ids up must not make this server ask
        with pytest.raises(UnauthenticatedError):
            await known.authenticate(changed)
    assert publisher.asked == 1

    monkeypatch.setattr("catalograph.api.auth.tokens._REFRESH_SECONDS", 0.0)
    assert (await known.authenticate(changed)).user_key == USER
    publisher.up = False
    with pytest.raises(UnauthenticatedError):
        await known.authenticate({"authorization": f"Bearer {token(kid='three')}"})
    assert publisher.asked == 3
    assert (await known.authenticate(changed)).user_key == USER


def test_a_key_set_is_not_read_from_a_server_whose_certificate_nobody_vouches_for(
    away: Away, jwks: dict[str, Any], publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    jwks["auth"]["jwks"] = publisher.address
    with pytest.raises(ConfigError, match="cannot be read"):
        Authenticator(away(**jwks))


async def test_bad_credentials_are_no_anonymous_ones(serve: Serve, jwks: dict[str, Any]) -> None:
    jwks["auth"]["anonymous_scopes"] = ["catalog:read"]
    async with serve(**jwks) as client:
        body = {"query": "{ __typename }"}
        assert (await client.post("/graphql", json=body)).status_code == 200
        for header in (
            {"authorization": f"Bearer {token(exp=1)}"},
            {"authorization": "Basic YTpi"},
            {"authorization": "Bearer"},
            {"x-api-key": "cgk_unknown"},
            {"x-api-key": "cgk_unknown", "authorization": f"Bearer {token()}"},
        ):
            answer = await client.post("/graphql", json=body, headers=header)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            [error] = answer.json()["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_shopper_asks_for_their_own_only(serve: Serve, jwks: dict[str, Any]) -> None:
    document = "query($u: String) { recommendations(userKey: $u, first: 1) { servedId } }"
    record = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
      ... on RecordedEvent { key } } }"""
    event = {"source": "shop", "id": "1", "kind": "CLICK", "productKey": "product:shop:1"}
    own = {"authorization": f"Bearer {token(scope='recommend:read events:write')}"}
    async with serve(**jwks) as client:
        for query, variables in (
            (document, {"u": MALLORY}),
            (record, {"input": event | {"userKey": MALLORY}}),
        ):
            body = {"query": query, "variables": variables}
            answer = (await client.post("/graphql", json=body, headers=own)).json()
            [error] = answer["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert answer["extensions"]["cost"]["statements"] == 0
        body = {"query": document, "variables": {"u": USER}}
        answer = (await client.post("/graphql", json=body, headers=own)).json()
        # It got as far as the database, which is away in this test.
        assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


def test_whom_a_caller_may_speak_of() -> None:
    class Asked:
        def __init__(self, *scopes: str, user: str | None = None, known: bool = True) -> None:
            self.principal = Principal("test", frozenset(scopes), user, known)

    assert own_user(Asked(user=USER), None) == USER
    assert own_user(Asked(user=USER), USER) == USER
    assert own_user(Asked("users:any"), USER) == USER
    assert own_user(Asked("users:any", user=USER), MALLORY) == MALLORY
    assert own_user(Asked(known=False), None) is None
    with pytest.raises(ForbiddenError):
        own_user(Asked(user=USER), MALLORY)
    with pytest.raises(ForbiddenError):
        own_user(Asked("user:read"), USER)
    with pytest.raises(UnauthenticatedError):
        own_user(Asked("recommend:read", known=False), USER)


async def test_api_keys_are_known_by_their_hashes(away: Away, tmp_path: Path) -> None:
    key, line = new_key("storefront", ["catalog:read", "users:any"])
    mine, other_line = new_key("kiosk", ["user:read"], USER)
    assert key not in line
    path = tmp_path / "keys"
    path.write_text(f"# keys of the shop\n\n{line}\n{other_line}\n")
    known = Authenticator(away(auth={"api_key_file": path}))
    for given in (
        {"X-API-Key": key},
        {"authorization": f"bearer {key}"},
        {"apiKey": key},
    ):
        principal = await known.authenticate(given)
        assert principal == Principal("key:storefront", frozenset({"catalog:read", "users:any"}))
    assert (await known.authenticate({"X-API-Key": mine})).user_key == USER
    inline = Authenticator(away(auth={"api_keys": f"{line};{other_line}"}))
    assert (await inline.authenticate({"X-API-Key": key})).subject == "key:storefront"
    for wrong in (hash_key(key), key[:-1], key + "x", ""):
        with pytest.raises(UnauthenticatedError):
            await known.authenticate({"X-API-Key": wrong})


@pytest.mark.parametrize(
    "line",
    [
        "name",
        f"na:me {'0' * 64} catalog:read",
        f"name {'0' * 63} catalog:read",
        f"name {'0' * 64} catalog:everything",
        f"name {'0' * 64} catalog:read alice",
        f"name {'0' * 64} catalog:read {USER} more",
    ],
)
def test_a_wrong_line_of_a_key_is_told_by_its_number(line: str) -> None:
    with pytest.raises(ConfigError, match="API key 1 is wrong"):
        read_keys([line])


def test_no_two_keys_have_one_name() -> None:
    _, first = new_key("storefront", ["catalog:read"])
    _, second = new_key("storefront", ["catalog:read"])
    with pytest.raises(ConfigError, match="API key 2"):
        read_keys([first, second])


def test_the_command_shows_a_key_once_and_the_line_to_keep() -> None:
    done = CliRunner().invoke(app, ["api-key", "new", "storefront", "--scopes", "catalog:read"])
    shown, kept = done.stdout.splitlines()
    key, line = shown.rpartition(" ")[2], kept.partition(": ")[2]
    assert read_keys([line]) == {
        hash_key(key): Principal("key:storefront", frozenset({"catalog:read"}))
    }


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        ({"jwks": "/nowhere.json", "audience": "a"}, "cannot be read"),
        ({"jwks": "http://id.example.com/jwks", "audience": "a"}, "https address or a file"),
        ({"jwks": "JWKS"}, "AUDIENCE"),
        ({"jwks": "JWKS", "audience": "a", "algorithms": ["HS256"]}, "HS256"),
        ({"jwks": "JWKS", "audience": "a", "algorithms": ["none"]}, "none"),
        ({"api_keys": "x"}, "API key 1"),
        ({"api_key_file": "/nowhere"}, "API_KEY_FILE"),
        ({"anonymous_scopes": ["everything"]}, "everything"),
    ],
)
def test_wrong_settings_are_refused_at_the_start(
    away: Away, jwks: dict[str, Any], auth: dict[str, Any], words: str
) -> None:
    if auth.get("jwks") == "JWKS":
        auth = auth | {"jwks": jwks["auth"]["jwks"]}
    with pytest.raises(ConfigError, match=words):
        Authenticator(away(auth=auth))


async def test_without_authentication_nobody_is_told_apart(away: Away) -> None:
    known = Authenticator(away())
    assert await known.authenticate({"authorization": "Bearer whatever"}) is EVERYBODY
    assert EVERYBODY.scopes == ALL_SCOPES


@pytest.mark.parametrize("text", ["", "\n", "# no key yet\n"])
def test_a_file_without_a_key_is_refused(away: Away, tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(ConfigError, match="has no key"):
        Authenticator(away(auth={"api_key_file": path}))
    with pytest.raises(ConfigError, match="has no key"):
        Authenticator(away(auth={"api_keys": ";"}))
