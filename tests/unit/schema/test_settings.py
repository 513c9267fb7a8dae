"""Settings from the environment: what is wrong is refused in one sentence that names it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from catalograph.environment import setting_fields, variable_name
from catalograph.errors import ConfigError
from catalograph.settings import Settings, load_settings
from catalograph.settings.api import ApiAuthSettings

ROOT = Path(__file__).parents[3]
KNOWN = [variable_name(path) for path, _ in setting_fields(Settings)]
LISTS = [
    variable_name(path)
    for path, info in setting_fields(Settings)
    if str(info.annotation).startswith("tuple")
]


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    """What is said of one variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CATALOGRAPH_API_TRUSTED_ONLY", "CATALOGRAPH_API__TRUSTED_ONLY"),
        ("CATALOGRAPH_AP__TRUSTED_ONLY", "CATALOGRAPH_API__TRUSTED_ONLY"),
        ("CATALOGRAPH_API__TRUSTEDONLY", "CATALOGRAPH_API__TRUSTED_ONLY"),
        ("catalograph_api__trustedonly", "CATALOGRAPH_API__TRUSTED_ONLY"),
        ("CATALOGRAPH_API_AUTH__API_KEY_FILE", "CATALOGRAPH_API__AUTH__API_KEY_FILE"),
        ("CATALOGRAPH_API__AUTH_JWKS", "CATALOGRAPH_API__AUTH__JWKS"),
        ("CATALOGRAPH_HOEM", "CATALOGRAPH_HOME"),
        ("CATALOGRAPH_LLM__APIKEY", "CATALOGRAPH_LLM__API_KEY"),
        ("CATALOGRAPH_API_PORT", "CATALOGRAPH_API__PORT"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    text = refusal(monkeypatch, name, "true")
    assert f"{name} is not a setting; did you mean {meant}?" in text


def test_every_misspelt_group_and_field_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KNOWN:
        wrong = name.replace("__", "_") if "__" in name else f"{name}S"
        with monkeypatch.context() as patched:
            assert f"did you mean {name}?" in refusal(patched, wrong, "1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOGRAPH_SERVICE_HOST", "10.0.0.1"),
        ("CATALOGRAPH_API_SERVICE_PORT_HTTP", "8000"),
        ("CATALOGRAPH_API_PORT", "tcp://10.0.0.1:8000"),
        ("CATALOGRAPH_API_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("CATALOGRAPH_NEO4J_PORT_7687_TCP", "tcp://10.0.0.2:7687"),
    ],
)
def test_what_kubernetes_sets_for_a_service_is_ignored(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    load_settings()


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize("name", KNOWN)
def test_an_empty_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert f"{name} is set but empty" in refusal(monkeypatch, name, value)


@pytest.mark.parametrize("field", ["api_keys", "jwks", "api_key_file", "audience"])
def test_an_empty_value_in_a_group_is_refused(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    variable = f"CATALOGRAPH_API__AUTH__{field.upper()}"
    group = refusal(monkeypatch, "CATALOGRAPH_API__AUTH", f'{{"{field}": ""}}')
    assert variable in group
    assert "is set but empty" in group
    monkeypatch.delenv("CATALOGRAPH_API__AUTH")
    with pytest.raises(ConfigError, match=f"{variable}.* is set but empty"):
        load_settings(api={"auth": {field: ""}})


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("value", "example"),
    [
        ("https://shop.example", '["https://shop.example"]'),
        ("a, b", '["a", "b"]'),
        ("[a]", '["a"]'),
        ("['a', 'b']", '["a", "b"]'),
        ('"a"', '["a"]'),
        ('{"a": 1}', ""),
    ],
)
def test_a_malformed_list_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, example: str
) -> None:
    text = refusal(monkeypatch, name, value)
    assert f"{name} is '{value}', and a JSON list is expected, such as {example}" in text


@pytest.mark.parametrize(
    "name", ["CATALOGRAPH_API", "CATALOGRAPH_API__AUTH", "CATALOGRAPH_NEO4J", "CATALOGRAPH_LLM"]
)
@pytest.mark.parametrize("value", ["x-secret", "5", "[]", "{"])
def test_a_malformed_group_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    text = refusal(monkeypatch, name, value)
    assert (
        f"{name} is not a JSON object; better set its fields one by one, such as {name}__" in text
    )
    assert "x-secret" not in text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CATALOGRAPH_API__PORT", "http", " is 'http': Input should be a valid integer"),
        ("CATALOGRAPH_API__PORT", "99999", " is '99999': Input should be less than"),
        ("CATALOGRAPH_API__TRUSTED_ONLY", "perhaps", " is 'perhaps': Input should be a valid bool"),
        ("CATALOGRAPH_LOG__LEVEL", "loud", " is 'loud': Input should be 'debug'"),
        ("CATALOGRAPH_API__ALLOWED_HOSTS", "[1]", ", entry 1, is '1': Input should be a valid str"),
        ("CATALOGRAPH_LLM__BASE_URL", "me:pw@host", ": String should match pattern"),
        ("CATALOGRAPH_NEO4J", '{"password": 5}', "__PASSWORD: Input should be a valid string"),
    ],
)
def test_a_wrong_value_is_named_and_a_secret_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    assert f"Settings are wrong: {name}{said}" in refusal(monkeypatch, name, value)


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOGRAPH_HOEM", "x")
    text = refusal(monkeypatch, "CATALOGRAPH_API__PERSISTED", "x.json")
    assert "CATALOGRAPH_HOME?; " in text or "CATALOGRAPH_API__PERSISTED is" in text.split(";")[0]
    assert text.count("CATALOGRAPH_") == 3


def test_lists_groups_and_lower_case_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOGRAPH_API__AUTH", '{"audience": "shop"}')
    monkeypatch.setenv("catalograph_api__allowed_origins", '["https://shop.example"]')
    api = load_settings().api
    assert api.auth == ApiAuthSettings(audience="shop")
    assert api.allowed_origins == ("https://shop.example",)


@pytest.mark.parametrize("command", [["user-key", "shop", "alice"], ["serve"], ["status"]])
def test_commands_end_with_one_line(command: list[str], tmp_path: Path) -> None:
    environment = {
        "CATALOGRAPH_HOME": str(tmp_path),
        "CATALOGRAPH_API__ALLOWED_ORIGINS": "https://shop.example",
        "COLUMNS": "300",
    }
    ended = subprocess.run(
        [Path(sys.executable).with_name("catalograph"), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if line.strip()]
    assert "CATALOGRAPH_API__ALLOWED_ORIGINS" in line
    assert '["https://shop.example"]' in line


def test_the_repository_names_no_variable_that_would_be_refused() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    misspelt_on_purpose = {Path(__file__).name, "CHANGELOG.md", "environment.py"}
    unknown = set()
    for name in listed:
        path = ROOT / name
        if path.name in misspelt_on_purpose or not path.is_file():
            continue
        text = path.read_text(errors="ignore")
        for found in re.findall(r"CATALOGRAPH_[A-Z0-9_]+", text):
            if not any(known.startswith(found) for known in KNOWN):
                unknown.add((name, found))
    assert unknown == set()
