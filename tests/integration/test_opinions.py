"""Opinions from review files to trends, alerts and found terms, over GraphQL and the command."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.ingest import (
    DocumentOptions,
    EventMapping,
    ReviewMapping,
    ingest_documents,
    ingest_events,
    ingest_reviews,
)
from catalograph.ingest.language.aspects import AspectReader
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
LAST = date(2026, 3, 29)
ROSE = date(2026, 3, 20)
DAYS = 90
REVIEWS = ReviewMapping.model_validate(
    {
        "source": "shop",
        "product": "item",
        "user": "who",
        "id": "id",
        "text": "text",
        "time": "at",
    }
)
EVENTS = EventMapping.model_validate(
    {
        "source": "shop",
        "user": "who",
        "id": "id",
        "event": "kind",
        "query": "words",
        "time": "at",
    }
)
TRENDS = """query($subject: String, $topic: String) {
  opinionTrends(subject: $subject, topic: $topic, until: "2026-03-29T23:00:00Z", first: 20) {
    topic name total { reviews positive negative negativeShare }
    points { start reviews negative } alerts { since until } } }"""
ALERTS = """query($subject: String, $open: Boolean!) {
  opinionAlerts(subject: $subject, until: "2026-03-29T23:00:00Z", open: $open) {
    subject topic name since until days recent recentNegative earlier earlierNegative
    probability } }"""
TERMS = """query($source: TextSource!, $subject: String) {
  risingTerms(source: $source, subject: $subject, until: "2026-03-29T23:00:00Z") {
    term recent earlier positive negative } }"""


def words(day: date, n: int) -> str:
    """Ten reviews of a day: two in Chinese; of the battery (电池) most complain from a day on."""
    if n < 2:
        return "电池很差,老是坏。" if day >= ROSE or (day.day % 9, n) == (0, 0) else "电池不错。"
    if n < 6 and day >= ROSE:
        return "The battery is terrible. The charger smells burnt."
    if (day.day % 7, n) == (0, 2):
        return "The battery is terrible."
    return ("The battery is great.", "The screen is great.", "The price is bad.")[n % 3]


def rows_of_reviews() -> Iterator[dict[str, Any]]:
    for back in range(DAYS):
        day = LAST - timedelta(days=back)
        for n in range(10):
            yield {
                "id": f"{day}-{n}",
                "item": "cam1" if n % 2 else "cam2",
                "who": f"u{n}",
                "text": words(day, n),
                "at": f"{day}T10:00:00Z",
            }


def rows_of_events() -> Iterator[dict[str, Any]]:
    for back in range(60):
        day = LAST - timedelta(days=back)
        for n in range(8):
            said = "battery recall" if back < 5 and n < 4 else ("red camera", "绿茶")[n % 2]
            yield {
                "id": f"{day}-{n}",
                "kind": "query",
                "words": said,
                "who": f"u{n}",
                "at": f"{day}T11:00:00Z",
            }


@pytest.fixture(scope="module")
def opinions(
    settings: Settings, shop: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Reviews, searches and news through the real pipeline."""
    folder = tmp_path_factory.mktemp("opinions")
    store = Writer(shop)
    reviews, events = folder / "reviews.jsonl", folder / "events.jsonl"
    reviews.write_bytes(b"\n".join(map(orjson.dumps, rows_of_reviews())))
    events.write_bytes(b"\n".join(map(orjson.dumps, rows_of_events())))
    read = ingest_reviews(
        [reviews], store, settings, REVIEWS, aspects=AspectReader(), rejected=folder / "r"
    )
    assert read.written == 10 * DAYS
    assert ingest_events([events], store, settings, EVENTS, rejected=folder / "e").written == 480
    news = folder / "news"
    news.mkdir()
    for back in range(30):
        day = LAST - timedelta(days=back)
        said = "被投诉的充电器起火,令人失望。" if back < 6 else "新款相机上市。"
        (news / f"{day}.md").write_text(
            f"---\nkind: news\ntime: {day}T08:00:00Z\nabout: brand:acme\n---\n{said}\n"
        )
    ingest_documents([news], store, settings, DocumentOptions(source="press"))


async def data(ask: Ask, document: str, **variables: Any) -> list[dict[str, Any]]:
    answer = await ask(document, **variables)
    assert "errors" not in answer, answer
    [found] = answer["data"].values()
    return list(found)


async def test_trends_of_a_subject_and_of_the_shop(ask: Ask, opinions: None) -> None:
    trends = {trend["name"]: trend for trend in await data(ask, TRENDS)}
    assert {None, "battery", "电池", "screen", "price"} <= set(trends)
    assert trends[None]["topic"] is None
    assert trends[None]["total"]["reviews"] == 280
    chinese = trends["电池"]
    assert chinese["topic"] == "value:aspect=电池"
    assert chinese["total"]["reviews"] == 56
    # Two a day from the 20th on, and one on the 9th, the 18th.
    assert chinese["total"]["negative"] == 22
    assert [p["reviews"] for p in chinese["points"]] == [14, 14, 14, 14]
    assert [p["start"] for p in chinese["points"]][-1] == "2026-03-23"
    [only] = await data(ask, TRENDS, subject="brand:acme", topic="value:aspect=battery")
    assert only["total"] == trends["battery"]["total"]
    half = await data(ask, TRENDS, subject=key("cam1"), topic="value:aspect=battery")
    assert 0 < half[0]["total"]["reviews"] < only["total"]["reviews"]
    assert await data(ask, TRENDS, subject="category:food/tea") == []
    [category] = await data(ask, TRENDS, subject="category:photo", topic="value:aspect=screen")
    assert category["total"] == trends["screen"]["total"]


async def test_one_rise_is_one_alert_in_each_language(ask: Ask, opinions: None) -> None:
    alerts = await data(ask, ALERTS, subject="brand:acme", open=True)
    found = {alert["name"]: alert for alert in alerts}
    assert set(found) == {None, "battery", "电池"}
    assert len(alerts) == 3
    battery = found["battery"]
    assert date.fromisoformat(battery["since"]) - ROSE <= timedelta(days=2)
    assert battery["until"] is None
    assert battery["recentNegative"] * battery["earlier"] > (
        1.5 * battery["earlierNegative"] * battery["recent"]
    )
    assert battery["probability"] <= 0.001
    assert await data(ask, ALERTS, subject="brand:acme", open=False) == alerts
    assert await data(ask, ALERTS, subject="brand:zeta", open=False) == []


async def test_terms_are_found_in_each_kind_of_text(ask: Ask, opinions: None) -> None:
    async def terms(source: str, subject: str | None = None) -> dict[str, dict[str, Any]]:
        found = await data(ask, TERMS, source=source, subject=subject)
        return {term["term"]: term for term in found}

    searched = await terms("SEARCHES")
    assert searched["battery recall"]["recent"] == 20
    assert not {"camera", "绿茶"} & set(searched)
    reviewed = await terms("REVIEWS", "brand:acme")
    assert reviewed["charger smells"]["negative"] == 28
    assert reviewed["charger smells"]["recent"] == 28
    assert "screen" not in reviewed
    news = await terms("NEWS", "brand:acme")
    assert news["充电器起火"] == {
        "term": "充电器起火", "recent": 6, "earlier": 0, "positive": 0, "negative": 6
    }  # fmt: skip
    assert await terms("NEWS", "brand:zeta") == await terms("QUESTIONS") == {}


async def test_wrong_arguments_are_refused(ask: Ask, opinions: None) -> None:
    for document in (
        '{ opinionTrends(subject: "user:shop:1") { name } }',
        '{ opinionTrends(topic: "brand:acme") { name } }',
        "{ opinionAlerts(days: 0) { name } }",
        '{ risingTerms(source: SEARCHES, subject: "brand:acme") { term } }',
        "{ risingTerms(source: NEWS, history: 400) { term } }",
    ):
        [error] = (await ask(document))["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT", document


def test_the_command_prints_trends_alerts_and_terms(
    settings: Settings, opinions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())
    command = ["opinions", "--subject", "brand:acme", "--until", str(LAST)]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    for heading in ("Complaints that rose", "Terms on the rise in reviews", "电池"):
        assert heading in shown.output
    printed = CliRunner().invoke(app, [*command, "--terms", "news", "--json"])
    told = json.loads(printed.stdout)
    assert told["alerts"] == 3
    assert [next(iter(told["terms"])), told["terms"]["news"][0]["recent"]] == ["news", 6]
    refused = CliRunner().invoke(app, [*command, "--since", "2027-01-01"])
    assert refused.exit_code == 2
