"""The cache of answers, without a database: what it keeps, drops and bounds."""

import pytest

from catalograph.api.answer_cache import AnswerCache, AnswerKey, KeptAnswer
from catalograph.api.metrics import Metrics
from catalograph.errors import StoreUnavailableError
from catalograph.settings.api import ApiCacheSettings
from catalograph.store.queries.change_polling import OutboxReading

FIRST, SECOND, LIST = (AnswerKey("query", "/one", bytes([n])) for n in range(3))


class Outbox:
    """Readings to come; without one the database is away."""

    def __init__(self) -> None:
        self.readings: list[OutboxReading] = []
        self.since: list[int] = []

    async def __call__(self, since: int) -> OutboxReading:
        self.since.append(since)
        if not self.readings:
            raise StoreUnavailableError("away")
        return self.readings.pop(0)

    def tell(self, now: int, **entries: list[str] | None) -> None:
        self.readings.append(OutboxReading(now, entries))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def cache(outbox: Outbox, clock: Clock) -> AnswerCache:
    made = AnswerCache(ApiCacheSettings(megabytes=1), outbox, Metrics(), clock)
    outbox.tell(50_000)
    outbox.tell(50_000, old=["product:a:1"])
    await made.catch_up()
    return made


def keep(cache: AnswerCache, key: AnswerKey, product: str | None, text: bytes = b"{}") -> None:
    cache.keep(key, KeptAnswer(text, 1, product, cache.changes))


pytestmark = pytest.mark.anyio


async def test_a_change_drops_answers_about_its_product_and_lists(
    cache: AnswerCache, outbox: Outbox
) -> None:
    keep(cache, FIRST, "product:a:1")
    keep(cache, SECOND, "product:a:2")
    keep(cache, LIST, None)
    outbox.tell(60_000, x=["product:a:1"])
    await cache.catch_up()
    assert [cache.find(key) is None for key in (FIRST, SECOND, LIST)] == [True, False, True]
    outbox.tell(61_000, x=["product:a:1"], y=None)
    await cache.catch_up()
    assert cache.find(SECOND) is None
    assert (len(cache), cache.size) == (0, 0)


async def test_an_entry_counts_once_though_each_reading_goes_back(
    cache: AnswerCache, outbox: Outbox
) -> None:
    keep(cache, FIRST, "product:a:1")
    outbox.tell(60_000, old=["product:a:1"], x=["product:a:2"])
    await cache.catch_up()
    keep(cache, LIST, None)
    outbox.tell(60_300, x=["product:a:2"])
    await cache.catch_up()
    assert cache.find(FIRST) is not None
    assert cache.find(LIST) is not None
    assert outbox.since == [2**62, 20_000, 20_000, 30_000]


async def test_an_answer_read_before_a_change_is_not_kept_after_it(
    cache: AnswerCache, outbox: Outbox
) -> None:
    old = KeptAnswer(b"{}", 1, "product:a:1", cache.changes)
    outbox.tell(60_000, x=["product:a:1"])
    await cache.catch_up()
    cache.keep(FIRST, old)
    assert cache.find(FIRST) is None


async def test_without_readings_nothing_is_answered_until_the_next(
    cache: AnswerCache, outbox: Outbox, clock: Clock
) -> None:
    keep(cache, FIRST, "product:a:1")
    states = []
    for seconds in (1.0, 0.1):
        clock.now += seconds
        states.append(cache.current)
    await cache.catch_up()  # away
    assert [*states, cache.current] == [True, False, False]
    outbox.tell(70_000)
    await cache.catch_up()
    assert cache.current
    assert cache.find(FIRST) is not None


async def test_after_a_long_gap_nothing_is_left_as_entries_may_have_been_pruned(
    cache: AnswerCache, outbox: Outbox, clock: Clock
) -> None:
    keep(cache, FIRST, "product:a:1")
    clock.now += 301
    outbox.tell(400_000)
    await cache.catch_up()
    assert len(cache) == 0


async def test_an_answer_has_an_age_limit(cache: AnswerCache, clock: Clock) -> None:
    keep(cache, FIRST, "product:a:1")
    clock.now += 60.0
    assert cache.find(FIRST) is not None
    clock.now += 0.1
    assert cache.find(FIRST) is None


async def test_the_least_recently_used_answers_go_first(cache: AnswerCache) -> None:
    text = b"x" * 60_000  # with its other memory, 17 of them fit into a megabyte
    names = [AnswerKey("query", "/one", b"%d" % n) for n in range(18)]
    for n, name in enumerate(names):
        keep(cache, name, f"product:a:{n}", text)
        cache.find(names[0])
    assert len(cache) == 17
    assert cache.find(names[0]) is not None
    assert cache.find(names[1]) is None
    assert cache.size <= 2**20


async def test_an_answer_that_would_fill_the_cache_is_not_kept(cache: AnswerCache) -> None:
    keep(cache, FIRST, None, b"x" * 70_000)
    assert len(cache) == 0


async def test_no_memory_keeps_nothing(outbox: Outbox) -> None:
    cache = AnswerCache(ApiCacheSettings(megabytes=0), outbox, Metrics())
    await cache.run()
    assert not cache.current
    assert outbox.since == []
