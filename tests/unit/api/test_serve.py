import socket
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from catalograph.cli import serve
from catalograph.errors import ConfigError
from catalograph.schema import keys
from catalograph.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.8.9.10", "127.8.9.10"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
    ],
)
def test_this_machine_is_accepted(host: str, address: str) -> None:
    assert serve.bindable(host) == address


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "", "192.168.1.5", "example.org", "localhost.example.org", "127.1"],  # noqa: S104
)
def test_every_other_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="set API keys or a JWKS first"):
        serve.bindable(host)


def test_with_authentication_other_addresses_are_accepted() -> None:
    assert serve.bindable("192.168.1.5", beyond=True) == "192.168.1.5"
    assert serve.bindable("::", beyond=True) == "::"
    with pytest.raises(ConfigError, match="is no address"):
        serve.bindable("example.org", beyond=True)


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="Choose another with --port"),
    ):
        serve.open_socket("127.0.0.1", taken.getsockname()[1])


def test_user_key_prints_the_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", "a secret of the tests")
    app = Typer()
    serve.register(app)
    result = CliRunner().invoke(app, ["user-key", "shop", "alice"])
    assert result.exit_code == 0
    assert result.stdout.strip() == keys.user_key("shop", "alice", b"a secret of the tests")


def test_small_answers_do_not_wait_for_acknowledgements() -> None:
    with (
        serve.open_socket("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
    ):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


NO_KEYS = "  authentication: off\n  without credentials: everything\n"
OPEN = "  documents: any\n  introspection and GraphiQL: on\n  /cypher: off\n  /mcp: off\n"


@pytest.mark.parametrize(
    ("api", "said"),
    [
        (
            {},
            NO_KEYS + OPEN + "  rate limit of a caller: none\n  pages of other origins: none",
        ),
        (
            {
                "auth": {
                    "api_keys": "x",
                    "jwks": "jwks.json",
                    "audience": "shop",
                    "anonymous_scopes": ["catalog:read", "recommend:read"],
                },
                "persisted": ["a.json", "b.json"],
                "trusted_only": True,
                "cypher": True,
                "allowed_origins": ["https://shop.example"],
            },
            "  authentication: API keys and JSON web tokens for the audience 'shop'\n"
            "  without credentials: catalog:read, recommend:read\n"
            "  documents: those of 2 manifests only\n"
            "  introspection and GraphiQL: off\n"
            "  /cypher: on\n"
            "  /mcp: off\n"
            "  rate limit of a caller: 100000/minute\n"
            "  pages of other origins: https://shop.example",
        ),
        (
            {"auth": {"api_key_file": "keys"}, "rate": "5/second"},
            "  authentication: API keys\n  without credentials: nothing\n  documents: any\n"
            "  introspection and GraphiQL: off\n  /cypher: off\n  /mcp: off\n"
            "  rate limit of a caller: 5/second\n  pages of other origins: none",
        ),
    ],
)
def test_serve_says_at_its_start_who_may_ask_what(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    api: dict[str, Any],
    said: str,
) -> None:
    def run(settings: Settings, listening: socket.socket) -> None:
        pass

    monkeypatch.setattr("catalograph.cli.workers.run_workers", run)
    serve.run_server(load_settings(home=tmp_path, api=api), serve.open_socket("127.0.0.1", 0))
    printed = capsys.readouterr()
    assert printed.out.startswith("Serving http://127.0.0.1:")
    assert printed.err.removesuffix("\n") == said
