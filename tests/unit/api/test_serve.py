import socket

import pytest
from typer import Typer
from typer.testing import CliRunner

from catalograph.cli import serve
from catalograph.errors import ConfigError
from catalograph.schema import keys


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
