"""Files of deploy/ parse, and name only settings and metrics that there are."""

import configparser
import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from catalograph.api.metrics import Metrics
from catalograph.environment import setting_fields, variable_name
from catalograph.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = ["catalograph.service", "catalograph-neo4j.service"]


def known_metrics() -> set[str]:
    """Names as Prometheus stores them, histograms by their parts."""
    text = generate_latest(Metrics()._registry).decode()
    names = set(re.findall(r"^# TYPE (\w+) counter", text, re.MULTILINE))
    names |= set(re.findall(r"^# TYPE (\w+) gauge", text, re.MULTILINE))
    for name in re.findall(r"^# TYPE (\w+) histogram", text, re.MULTILINE):
        names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    return names


def known_settings() -> set[str]:
    return {variable_name(path) for path, _ in setting_fields(Settings)}


def expressions(name: str) -> list[str]:
    if name == "alerts.yaml":
        content = yaml.safe_load((DEPLOY / name).read_text())
        return [rule["expr"] for group in content["groups"] for rule in group["rules"]]
    content = json.loads((DEPLOY / name).read_text())
    queries = [v["query"]["query"] for v in content["templating"]["list"] if v["type"] == "query"]
    return queries + [t["expr"] for panel in content["panels"] for t in panel["targets"]]


class UnitParser(configparser.RawConfigParser):
    """Reads units: names keep their case, and some stand several times."""

    def __init__(self) -> None:
        super().__init__(strict=False, delimiters=("=",))

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.mark.parametrize("name", ["alerts.yaml", "grafana.json"])
def test_metrics_named_there_exist(name: str) -> None:
    known = known_metrics()
    assert "catalograph_requests_total" in known
    named = {m for text in expressions(name) for m in re.findall(r"catalograph_\w+", text)}
    assert named
    assert sorted(named - known) == []


def test_the_dashboard_shows_every_metric() -> None:
    """A histogram by its buckets; the other parts of it follow from them."""
    named = {
        m for text in expressions("grafana.json") for m in re.findall(r"catalograph_\w+", text)
    }
    needed = {m for m in known_metrics() if not m.endswith(("_sum", "_count", "_created"))}
    assert sorted(needed - named) == []


def test_panels_do_not_overlap() -> None:
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_alert_says_what_to_do() -> None:
    content = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    for rule in content["groups"][0]["rules"]:
        assert {"alert", "expr", "labels", "annotations"} <= set(rule)
        assert {"summary", "action"} == set(rule["annotations"])


@pytest.mark.parametrize("name", [*UNITS, "compose.yaml", "Dockerfile"])
def test_variables_named_there_are_settings(name: str) -> None:
    named = set(re.findall(r"CATALOGRAPH_[A-Z0-9_]+", (DEPLOY / name).read_text()))
    assert named
    assert sorted(named - known_settings()) == []


@pytest.mark.parametrize("name", UNITS)
def test_units_parse_and_run_commands_that_exist(name: str) -> None:
    parsed = UnitParser()
    parsed.read(DEPLOY / name)
    assert {"Unit", "Service", "Install"} == set(parsed.sections())
    commands = (Path(DEPLOY).parent / "docs/cli.md").read_text()
    service = (DEPLOY / name).read_text()
    for words in re.findall(r"^Exec\w+=/opt/catalograph/bin/(.+)$", service, re.MULTILINE):
        assert f"## {words}\n" in commands
    assert parsed["Service"]["User"] == "catalograph"


def test_compose_keeps_the_secret_the_home_and_the_data() -> None:
    content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    api, neo4j = content["services"]["api"], content["services"]["neo4j"]
    assert {"CATALOGRAPH_USER_SECRET", "CATALOGRAPH_NEO4J__URI"} <= set(api["environment"])
    mounted = [v.split(":")[0] for v in [*api["volumes"], *neo4j["volumes"]]]
    assert sorted(mounted) == sorted(content["volumes"])
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    home = re.search(r"CATALOGRAPH_HOME=(\S+)", dockerfile)
    assert home
    assert f"VOLUME {home[1]}" in dockerfile
    assert api["volumes"] == [f"home:{home[1]}"]


def test_the_image_runs_as_nobody_special_from_a_lock_that_exists() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    final = dockerfile.split("\nFROM ")[-1]
    assert "USER catalograph" in final
    assert "--create-home" in final
    assert "HEALTHCHECK" in final
    assert "/readyz" in final
    lock = re.search(r"^ARG LOCK=(\S+)", dockerfile, re.MULTILINE)
    assert lock
    assert (DEPLOY.parent / lock[1]).is_file()
    pinned = re.findall(
        r"^([a-z0-9._-]+)(?:\[.*\])?==", (DEPLOY.parent / lock[1]).read_text(), re.MULTILINE
    )
    assert {"neo4j", "strawberry-graphql", "uvicorn"} <= set(pinned)
    assert not {"pytest", "mypy", "ruff", "torch"} & set(pinned)
