"""`catalograph learn` searches the text ranker's settings and publishes what the log supports."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.embed.learn import LearningDecision, LearnOptions, learn, ranker_contest
from catalograph.ml import tuning
from catalograph.schema.model_kinds import TUNED_KEY
from catalograph.settings import Settings
from catalograph.store import Connection, live_models
from tests.integration import test_ranker
from tests.integration.conftest import user
from tests.integration.test_ranker import KINDS, RECORD, SEARCH, Send, seed, shop_api

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

QUERIES = [f"{kind} {n}" for n in range(7) for kind in KINDS]


async def simulate(send: Send, searches: int) -> None:
    """Search for named products; shoppers buy what one brand makes."""
    draw, events = np.random.default_rng(7), []
    for n in range(searches):
        found = (await send(SEARCH, query=QUERIES[n % len(QUERIES)], first=10))["products"]
        liked = [
            place
            for place, edge in enumerate(found["edges"])
            if edge["node"]["brands"][0]["name"] == "Liked"
        ]
        place = liked[0] if liked else int(draw.integers(len(found["edges"])))
        events.append(
            {
                "source": "shop",
                "id": f"search {n}",
                "kind": "PURCHASE",
                "userKey": user(f"shopper {n % 50}"),
                "productKey": found["edges"][place]["node"]["key"],
                "servedId": found["servedId"],
                "position": place,
            }
        )
    for start in range(0, len(events), 100):
        await send(RECORD, input={"events": events[start : start + 100]})


@pytest.mark.heavy  # ten minutes on two busy cores
async def test_settings_of_the_text_ranker_are_searched_on_older_searches(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.model_copy(update={"home": tmp_path})
    options = LearnOptions(kinds=("ranker",))
    monkeypatch.setattr(test_ranker, "PER_KIND", 12)  # each training scores all pairs
    seed(connection)
    run_jobs(connection, own, ["text"])
    async with shop_api(own) as send:
        await simulate(send, 40)
        [few] = learn(connection, own, options).outcomes
        assert "tuning needs 200" in few.reason
        await simulate(send, 240)
    monkeypatch.setattr(ranker_contest, "_TRIALS", 2)
    seen: list[dict[str, Any]] = []

    def search(*given: Any, **named: Any) -> dict[str, Any]:
        seen.append(dict(named["start"]))
        return tuning.search(*given, **named)

    monkeypatch.setattr(ranker_contest, "search", search)
    [outcome] = learn(connection, own, options).outcomes
    assert outcome.comparison is not None, outcome.reason
    assert (outcome.comparison.metric, outcome.comparison.subject) == ("ndcg", "searches")
    found = outcome.protocol[TUNED_KEY]
    assert set(found) == set(seen[0])
    assert seen[0]["learning_rate"] == 5e-5  # the present settings are tried first
    assert (tmp_path / "learn" / "ranker.journal").is_file()
    live = live_models(connection)["ranker"]
    published = outcome.decision is LearningDecision.PUBLISHED
    assert live.config.get("text") == (found if published else None)
    # Nothing has changed since, so that nothing is searched again.
    [again] = learn(connection, own, options).outcomes
    assert again.decision is LearningDecision.UNCHANGED
    assert len(seen) == 1
