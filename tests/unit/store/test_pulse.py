"""Giving up on a database that does not answer, with a question that the test answers."""

import asyncio

import pytest

from catalograph.errors import StoreUnavailableError
from catalograph.settings import Neo4jSettings
from catalograph.store.pulse import Pulse

pytestmark = pytest.mark.anyio

QUICK = Neo4jSettings(patience=0.05, probe_timeout=0.2, probe_pause=0.02)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class Server:
    """Answers, refuses or hangs."""

    def __init__(self) -> None:
        self.state = "up"
        self.asked = 0
        self.revived = 0

    async def ask(self) -> None:
        self.asked += 1
        if self.state == "hung":
            await asyncio.Event().wait()
        if self.state == "gone":
            raise StoreUnavailableError("gone")

    async def revive(self) -> None:
        self.revived += 1

    def pulse(self) -> Pulse:
        return Pulse(self.ask, QUICK, self.revive)


async def wait_for_ever(pulse: Pulse) -> None:
    async with pulse.guard(60):
        await asyncio.Event().wait()


@pytest.mark.parametrize("state", ["hung", "gone"])
async def test_all_that_waits_is_given_up_together_and_later_ones_are_refused(state: str) -> None:
    server = Server()
    server.state = state
    pulse = server.pulse()
    failed = await asyncio.gather(
        *(wait_for_ever(pulse) for _ in range(20)), return_exceptions=True
    )
    assert {type(one) for one in failed} == {StoreUnavailableError}
    assert server.asked == 1
    assert (pulse.down, pulse.waiting) == (True, 0)
    with pytest.raises(StoreUnavailableError):
        async with pulse.guard(60):
            pytest.fail("let in")
    await pulse.close()


@pytest.mark.parametrize("state", ["hung", "gone"])
async def test_work_that_will_not_end_is_left_behind(state: str) -> None:
    server = Server()
    server.state = state
    pulse = server.pulse()
    farewell = asyncio.Event()
    ended = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await farewell.wait()
            ended.append(state)

    with pytest.raises(StoreUnavailableError):
        await pulse.hold(stubborn, 60)
    assert not ended
    farewell.set()
    await pulse.close()
    assert ended


async def test_work_held_gives_its_value_or_its_error_and_is_cancelled_with_the_caller() -> None:
    pulse = Server().pulse()
    began = asyncio.Event()
    cancelled = []

    async def seven() -> int:
        return 7

    async def fails() -> None:
        raise ZeroDivisionError

    async def waits() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    assert await pulse.hold(seven, 60) == 7
    with pytest.raises(ZeroDivisionError):
        await pulse.hold(fails, 60)
    caller = asyncio.create_task(pulse.hold(waits, 60))
    await began.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await pulse.close()
    assert cancelled


async def test_a_slow_statement_goes_on_while_the_server_answers() -> None:
    server = Server()
    pulse = server.pulse()
    async with pulse.guard(60):
        while server.asked < 2:  # noqa: ASYNC110 - the watch tells nobody when it asks
            await asyncio.sleep(0.01)
    assert not pulse.down
    await pulse.close()


async def test_it_lets_in_again_when_the_server_is_back_and_has_the_pool_renewed() -> None:
    server = Server()
    server.state = "gone"
    pulse = server.pulse()
    with pytest.raises(StoreUnavailableError):
        await wait_for_ever(pulse)
    assert server.revived == 0
    server.state = "up"
    while pulse.down:  # noqa: ASYNC110 - the watch tells nobody
        await asyncio.sleep(0.01)
    assert server.revived == 1
    async with pulse.guard(60):
        pass
    await pulse.close()


async def test_a_statement_has_an_end_though_the_server_is_there() -> None:
    pulse = Server().pulse()
    with pytest.raises(StoreUnavailableError):
        async with pulse.guard(0.1):
            await asyncio.Event().wait()
    assert not pulse.down
    await pulse.close()


async def test_an_error_inside_passes_as_it_is() -> None:
    pulse = Server().pulse()
    with pytest.raises(ZeroDivisionError):
        async with pulse.guard(60):
            _ = 1 / 0
    assert pulse.waiting == 0
    await pulse.close()
