"""Rate limits: counted in cost, by key, over the processes of a machine."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute, parse
from limits.strategies import FixedWindowRateLimiter

from catalograph.api.auth import new_key
from catalograph.api.rates import RateLimits, SqliteStorage, open_rates
from catalograph.errors import ConfigError, MissingExtraError, RateLimitedError

from .conftest import Serve
from .test_auth import Away

pytestmark = pytest.mark.anyio


class Clock:
    """Time that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_020.0  # a minute begins
        monkeypatch.setattr("catalograph.api.rates.time.time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def limited(path: Path, amount: int = 100) -> RateLimits:
    return RateLimits(RateLimitItemPerMinute(amount), SqliteStorage(path / "rates.sqlite"))


async def test_cost_is_charged_until_nothing_is_left(tmp_path: Path, clock: Clock) -> None:
    counts = limited(tmp_path)
    assert await counts.charge("a", 60) == 40
    with pytest.raises(RateLimitedError, match="60; 40 of 100"):
        await counts.charge("a", 60)
    assert await counts.charge("a", 40) == 0
    assert await counts.charge("b", 1) == 99
    counts.close()


async def test_retry_after_is_long_enough_and_no_longer(tmp_path: Path, clock: Clock) -> None:
    counts = limited(tmp_path)
    for start, used, cost in ((0.0, 100, 1), (30.0, 100, 50), (59.0, 90, 20), (10.5, 100, 100)):
        clock.now = 2_000_040.0 + start + 600 * cost
        subject = f"{start} {used} {cost}"
        await counts.charge(subject, used)
        with pytest.raises(RateLimitedError) as refused:
            await counts.charge(subject, cost)
        clock.now += refused.value.retry_after - 1.01
        with pytest.raises(RateLimitedError):
            await counts.charge(subject, cost)
        clock.now += 1.01
        await counts.charge(subject, cost)
    counts.close()


async def test_a_window_weighs_less_and_less_while_the_next_lasts(
    tmp_path: Path, clock: Clock
) -> None:
    counts = limited(tmp_path)
    await counts.charge("a", 100)
    clock.now += 60 + 15
    assert await counts.charge("a", 5) == 100 - 75 - 5
    clock.now += 120
    assert await counts.charge("a", 1) == 99
    assert counts._storage.check()
    assert counts._storage.reset() == 1  # the windows that ended were swept away
    counts.close()


def test_the_storage_serves_the_library_s_other_strategies(tmp_path: Path, clock: Clock) -> None:
    storage = SqliteStorage(tmp_path / "rates.sqlite")
    limiter = FixedWindowRateLimiter(storage)
    item = RateLimitItemPerMinute(3)
    assert [limiter.hit(item, "a") for _ in range(4)] == [True, True, True, False]
    assert limiter.get_window_stats(item, "a").reset_time == clock.now + 60
    clock.now += 61
    assert limiter.hit(item, "a")
    limiter.clear(item, "a")
    assert storage.get(item.key_for("a")) == 0
    storage.close()


ASK = """
import sys, time
from pathlib import Path
from catalograph.api.rates import SqliteStorage

storage, count = SqliteStorage(Path(sys.argv[1])), 0
print("ready", flush=True)
sys.stdin.readline()
while storage.acquire_sliding_window_entry("a", 2_000, 86_400, 5):
    count += 5
    time.sleep(0.002)
print(count)
"""


def test_two_processes_share_one_count(tmp_path: Path) -> None:
    """Each asks until it is refused, and tells how much it was allowed."""
    command = [sys.executable, "-c", ASK, str(tmp_path / "rates.sqlite")]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:  # only now, so that neither is done before the other begins
        assert worker.stdin
        worker.stdin.write("\n")
        worker.stdin.flush()
    found = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert sum(found) == 2_000  # to the point: within the 5 % that are asked for
    assert min(found) > 0


async def test_who_used_up_theirs_is_told_when_to_come_back(serve: Serve) -> None:
    (first, line), (second, other) = (new_key(name, ["catalog:read"]) for name in ("a", "b"))
    query = {"query": "{ __typename }"}
    async with serve(auth={"api_keys": f"{line};{other}"}, rate="3/hour") as client:
        left = []
        for _ in range(3):
            answer = await client.post("/graphql", json=query, headers={"x-api-key": first})
            left.append(answer.json()["extensions"]["cost"]["remaining"])
        assert left == [2, 1, 0]
        answer = await client.post("/graphql", json=query, headers={"x-api-key": first})
        assert answer.status_code == 429
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert int(answer.headers["retry-after"]) == error["extensions"]["retryAfter"] > 0
        for headers in ({"x-api-key": second}, {}):
            answer = await client.post("/graphql", json=query, headers=headers)
            assert answer.json()["extensions"]["cost"]["remaining"] == 2


def test_without_authentication_there_is_no_limit_unless_set(away: Away) -> None:
    assert open_rates(away()) is None
    _, line = new_key("a", ["catalog:read"])
    held = open_rates(away(auth={"api_keys": line}))
    assert held is not None
    assert held._item == parse("100000/minute")
    held.close()


@pytest.mark.parametrize(
    "api", [{"rate": "many"}, {"rate": "1/minute", "rate_storage": "nothing://"}]
)
def test_a_wrong_rate_is_refused_at_the_start(away: Away, api: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="CATALOGRAPH_API__RATE"):
        open_rates(away(**api))


@pytest.fixture(params=["gone", "silent"])
def ill_redis(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a Redis that is not there, or that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


async def test_what_a_redis_cannot_count_is_refused_with_a_code_and_soon(
    serve: Serve, ill_redis: str
) -> None:
    _, line = new_key("a", ["catalog:read"])
    async with serve(auth={"api_keys": line}, rate_storage=ill_redis) as client:
        async with asyncio.timeout(10):  # the library would wait forever
            answer = await client.post("/graphql", json={"query": "{ __typename }"})
    assert answer.status_code == 429
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert "127.0.0.1" not in answer.text


def test_without_the_extra_a_redis_is_refused_at_the_start(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalograph.api.rates.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"catalograph\[redis\]"):
        open_rates(away(rate="1/minute", rate_storage="redis://127.0.0.1"))
