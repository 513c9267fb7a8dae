"""The poller: what is read, who is told, and what is let go."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from catalograph.api.subscriptions.change_poller import (
    ChangePoller,
    Subscriber,
    TopicKind,
    WatchTopic,
)
from catalograph.api.subscriptions.connections import SocketCounter
from catalograph.errors import LimitExceededError, StoreUnavailableError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class World:
    """States that tests change, and what was read of them."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.reads: list[list[str]] = []
        self.away = False

    async def read(self, keys: Sequence[str]) -> dict[str, Any]:
        self.reads.append(list(keys))
        if self.away:
            raise StoreUnavailableError("away")
        return {key: self.states[key] for key in keys if key in self.states}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def hub(world: World) -> AsyncIterator[ChangePoller]:
    hub = ChangePoller([TopicKind("thing", world.read, 0.01)], max_topics=5)
    running = asyncio.create_task(hub.run())
    await asyncio.sleep(0)
    yield hub
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def thing(key: str) -> WatchTopic:
    return WatchTopic("thing", key)


async def take(subscriber: Subscriber) -> dict[str, Any]:
    async with asyncio.timeout(5):
        async for changes in subscriber.changes():
            return {topic.key: state for topic, state in changes.items()}
    raise AssertionError("ended")


async def polls(world: World, more: int) -> None:
    """Wait until so many more readings were made."""
    until = len(world.reads) + more
    async with asyncio.timeout(5):
        while len(world.reads) < until:  # noqa: ASYNC110 - the poller has no event for tests
            await asyncio.sleep(0.002)


async def test_the_first_state_comes_at_once_and_then_changes_only(
    hub: ChangePoller, world: World
) -> None:
    world.states = {"a": 1}
    with hub.subscribe([thing("a"), thing("b")]) as subscriber:
        assert await take(subscriber) == {"a": 1, "b": None}
        await polls(world, 3)
        world.states["b"] = 7
        assert await take(subscriber) == {"b": 7}
        del world.states["a"]
        assert await take(subscriber) == {"a": None}
        with hub.subscribe([thing("b")]) as other:
            assert await take(other) == {"b": 7}


async def test_a_slow_reader_gets_the_newest_state_of_each(hub: ChangePoller, world: World) -> None:
    world.states = {"a": 0, "b": 0}
    with hub.subscribe([thing("a"), thing("b")]) as subscriber:
        await polls(world, 1)
        for n in range(1, 6):
            world.states["a"] = n
            await polls(world, 2)
        assert len(subscriber._box) == 2
        assert await take(subscriber) == {"a": 5, "b": 0}


async def test_nothing_is_read_for_nobody_and_once_for_many(
    hub: ChangePoller, world: World
) -> None:
    await asyncio.sleep(0.05)
    assert world.reads == []
    with hub.subscribe([thing("a")]) as one, hub.subscribe([thing("a")]) as two:
        assert await take(one) == await take(two) == {"a": None}
        assert all(keys == ["a"] for keys in world.reads)
        assert hub.topics == 1
    assert hub.topics == 0
    await asyncio.sleep(0.03)
    before = len(world.reads)
    await asyncio.sleep(0.05)
    assert len(world.reads) == before


async def test_what_changes_while_the_database_is_away_is_told_after(
    hub: ChangePoller, world: World
) -> None:
    world.states = {"a": 1}
    with hub.subscribe([thing("a")]) as subscriber:
        assert await take(subscriber) == {"a": 1}
        world.away = True
        world.states["a"] = 2
        await polls(world, 3)
        with hub.subscribe([thing("b")]) as late:
            await polls(world, 2)
            assert late._box == {}
            world.away = False
            assert await take(late) == {"b": None}
        assert await take(subscriber) == {"a": 2}


async def test_no_more_is_watched_than_can_be(hub: ChangePoller) -> None:
    with hub.subscribe([thing(str(n)) for n in range(5)]):
        with hub.subscribe([thing("1"), thing("1")]):
            pass
        with pytest.raises(LimitExceededError, match="watches 5 things"):
            hub.subscribe([thing("6")]).__enter__()
        assert hub.topics == 5
    assert hub.topics == 0


async def test_when_the_hub_closes_subscriptions_end_with_what_lies_there(world: World) -> None:
    world.states = {"a": 1}
    hub = ChangePoller([TopicKind("thing", world.read, 60)])
    running = asyncio.create_task(hub.run())
    with hub.subscribe([thing("a")]) as subscriber:
        await polls(world, 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert [changes async for changes in subscriber.changes()] == [{thing("a"): 1}]
    with hub.subscribe([thing("a")]) as late:
        assert [changes async for changes in late.changes()] == []


def test_places_for_sockets_are_given_back() -> None:
    sockets = SocketCounter(2, 1)
    with sockets.hold_place(), sockets.hold_place_of("ada"), sockets.hold_place():
        with pytest.raises(LimitExceededError):
            sockets.hold_place().__enter__()
        with pytest.raises(LimitExceededError):
            sockets.hold_place_of("ada").__enter__()
        with sockets.hold_place_of("bob"):
            assert sockets.by_caller == {"ada": 1, "bob": 1}
    assert sockets.open == 0
    assert sockets.by_caller == {}
