"""The memory of last good lists."""

import pytest

from catalograph.api.fallback_cache import Answer, FallbackCache, FallbackKey
from catalograph.api.metrics import Metrics
from catalograph.errors import NotFoundError, StoreUnavailableError
from catalograph.settings.api import ApiSettings

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def request(name: str = "a", principal: str | None = None) -> FallbackKey:
    return FallbackKey(
        principal, "recommendations", "{ document }", "/recommendations", name.encode()
    )


async def gone() -> Answer:
    raise StoreUnavailableError("gone")


async def fresh() -> Answer:
    return {"items": ["one"], "stale": False}


def marked(answer: Answer) -> Answer:
    return answer | {"stale": True}


def lists(clock: Clock | None = None, most: int = 10) -> FallbackCache:
    return FallbackCache(ApiSettings(stale_lists=most), Metrics(), clock or Clock())


async def test_the_last_good_answer_is_given_again_and_marked() -> None:
    memory = lists()
    assert await memory.answer(request(), None, fresh, marked) == {"items": ["one"], "stale": False}
    assert await memory.answer(request(), None, gone, marked) == {"items": ["one"], "stale": True}


@pytest.mark.parametrize("other", [request("b"), request("a", "another caller")])
async def test_another_request_or_caller_gets_none_of_it(other: FallbackKey) -> None:
    memory = lists()
    await memory.answer(request(), None, fresh, marked)
    with pytest.raises(StoreUnavailableError):
        await memory.answer(other, None, gone, marked)


async def test_other_errors_pass() -> None:
    async def missing() -> Answer:
        raise NotFoundError("no such product")

    memory = lists()
    await memory.answer(request(), None, fresh, marked)
    with pytest.raises(NotFoundError):
        await memory.answer(request(), None, missing, marked)


@pytest.mark.parametrize(("user", "age"), [(None, 3600.0), ("user:shop:1", 300.0)])
async def test_a_list_has_an_age_at_most_and_that_of_a_person_a_lower_one(
    user: str | None, age: float
) -> None:
    clock = Clock()
    memory = lists(clock)
    await memory.answer(request(), user, fresh, marked)
    clock.now = age
    assert (await memory.answer(request(), user, gone, marked))["stale"]
    clock.now = age + 1
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request(), user, gone, marked)
    assert len(memory) == 0


async def test_an_erased_persons_lists_are_forgotten_and_others_stay() -> None:
    memory = lists()
    await memory.answer(request("a"), "user:shop:1", fresh, marked)
    await memory.answer(request("b"), "user:shop:2", fresh, marked)
    memory.forget("user:shop:1")
    assert len(memory) == 1
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request("a"), "user:shop:1", gone, marked)


async def test_the_least_recently_answered_goes_first_and_none_means_none() -> None:
    memory = lists(most=2)
    for name in ("a", "b", "a", "c"):
        await memory.answer(request(name), None, fresh, marked)
    assert len(memory) == 2
    assert (await memory.answer(request("a"), None, gone, marked))["stale"]
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request("b"), None, gone, marked)
    none = lists(most=0)
    await none.answer(request(), None, fresh, marked)
    assert len(none) == 0
