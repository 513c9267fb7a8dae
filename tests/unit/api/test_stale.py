"""The memory of last good lists."""

from dataclasses import dataclass

import pytest

from catalograph.api.metrics import Metrics
from catalograph.api.stale import Request, StaleLists
from catalograph.errors import NotFoundError, StoreUnavailableError
from catalograph.settings import ApiSettings

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Answer:
    items: tuple[str, ...]
    stale: bool = False


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def request(name: str = "a", principal: str | None = None) -> Request:
    return Request(principal, "recommendations", "{ document }", "/recommendations", name.encode())


async def gone() -> Answer:
    raise StoreUnavailableError("gone")


async def fresh() -> Answer:
    return Answer(("one",))


def lists(clock: Clock | None = None, most: int = 10) -> StaleLists:
    return StaleLists(ApiSettings(stale_lists=most), Metrics(), clock or Clock())


async def test_the_last_good_answer_is_given_again_and_marked() -> None:
    memory = lists()
    assert await memory.answer(request(), None, fresh) == Answer(("one",), stale=False)
    assert await memory.answer(request(), None, gone) == Answer(("one",), stale=True)


@pytest.mark.parametrize("other", [request("b"), request("a", "another caller")])
async def test_another_request_or_caller_gets_none_of_it(other: Request) -> None:
    memory = lists()
    await memory.answer(request(), None, fresh)
    with pytest.raises(StoreUnavailableError):
        await memory.answer(other, None, gone)


async def test_other_errors_pass() -> None:
    async def missing() -> Answer:
        raise NotFoundError("no such product")

    memory = lists()
    await memory.answer(request(), None, fresh)
    with pytest.raises(NotFoundError):
        await memory.answer(request(), None, missing)


@pytest.mark.parametrize(("user", "age"), [(None, 3600.0), ("user:shop:1", 300.0)])
async def test_a_list_has_an_age_at_most_and_that_of_a_person_a_lower_one(
    user: str | None, age: float
) -> None:
    clock = Clock()
    memory = lists(clock)
    await memory.answer(request(), user, fresh)
    clock.now = age
    assert (await memory.answer(request(), user, gone)).stale
    clock.now = age + 1
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request(), user, gone)
    assert len(memory) == 0


async def test_an_erased_persons_lists_are_forgotten_and_others_stay() -> None:
    memory = lists()
    await memory.answer(request("a"), "user:shop:1", fresh)
    await memory.answer(request("b"), "user:shop:2", fresh)
    memory.forget("user:shop:1")
    assert len(memory) == 1
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request("a"), "user:shop:1", gone)


async def test_the_least_recently_answered_goes_first_and_none_means_none() -> None:
    memory = lists(most=2)
    for name in ("a", "b", "a", "c"):
        await memory.answer(request(name), None, fresh)
    assert len(memory) == 2
    assert (await memory.answer(request("a"), None, gone)).stale
    with pytest.raises(StoreUnavailableError):
        await memory.answer(request("b"), None, gone)
    none = lists(most=0)
    await none.answer(request(), None, fresh)
    assert len(none) == 0
