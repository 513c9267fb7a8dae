"""Giving up on a database that does not answer, with a server that the test plays."""

import asyncio
import threading
import time

import pytest

from catalograph.errors import StoreAuthError, StoreUnavailableError
from catalograph.settings import Neo4jSettings
from catalograph.store.connection.liveness import (
    LivenessProbe,
    StatementGuard,
)

pytestmark = pytest.mark.anyio

QUICK = Neo4jSettings(patience=0.05, probe_timeout=0.2, probe_pause=0.02)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class Server:
    """Answers, refuses, hangs or blocks its caller for ever."""

    def __init__(self, state: str = "up") -> None:
        self.state = state
        self.connected = 0
        self.probed = 0
        self.recovered = 0
        self.unblocked = threading.Event()
        self.failing = 0
        """How many of the next probes fail though it is up."""

    def connect(self, limit: float) -> "FakeConnection":
        self.connected += 1
        return FakeConnection(self, limit)

    async def recover(self) -> None:
        self.recovered += 1

    def guard(self) -> StatementGuard:
        return StatementGuard(LivenessProbe(self.connect), QUICK, self.recover)


class FakeConnection:
    def __init__(self, server: Server, limit: float) -> None:
        self.server = server
        self.limit = limit

    def verify(self) -> None:
        self.server.probed += 1
        if self.server.state == "blocked":
            self.server.unblocked.wait()
        if self.server.state == "hung":
            time.sleep(self.limit)
        if self.server.state == "locked":
            raise StoreAuthError("the password is wrong")
        if self.server.state != "up" or self.server.failing > 0:
            self.server.failing -= 1
            raise StoreUnavailableError("gone")

    def close(self) -> None:
        pass


async def wait_for_ever(guard: StatementGuard) -> None:
    async with guard.guard(60):
        await asyncio.Event().wait()


@pytest.mark.parametrize("state", ["hung", "gone", "blocked"])
async def test_all_that_waits_is_given_up_together_and_later_ones_are_refused(state: str) -> None:
    server = Server(state)
    guard = server.guard()
    failed = await asyncio.gather(
        *(wait_for_ever(guard) for _ in range(20)), return_exceptions=True
    )
    assert {type(one) for one in failed} == {StoreUnavailableError}
    assert server.probed == (1 if state == "blocked" else 2)
    assert (guard.down, guard.waiting) == (True, 0)
    with pytest.raises(StoreUnavailableError):
        async with guard.guard(60):
            pytest.fail("let in")
    server.unblocked.set()
    await guard.close()


@pytest.mark.parametrize("state", ["hung", "gone"])
async def test_work_that_will_not_end_is_left_behind(state: str) -> None:
    server = Server(state)
    guard = server.guard()
    farewell = asyncio.Event()
    ended = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await farewell.wait()
            ended.append(state)

    with pytest.raises(StoreUnavailableError):
        await guard.run_guarded(stubborn, 60)
    assert not ended
    farewell.set()
    await guard.close()
    assert ended


async def test_guarded_work_gives_its_value_or_its_error_and_is_cancelled_with_the_caller() -> None:
    guard = Server().guard()
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

    assert await guard.run_guarded(seven, 60) == 7
    with pytest.raises(ZeroDivisionError):
        await guard.run_guarded(fails, 60)
    caller = asyncio.create_task(guard.run_guarded(waits, 60))
    await began.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await guard.close()
    assert cancelled


async def test_a_slow_statement_goes_on_while_the_server_answers() -> None:
    server = Server()
    guard = server.guard()
    async with guard.guard(60):
        while server.probed < 3:  # noqa: ASYNC110 - the watch gives no notice of a probe
            await asyncio.sleep(0.01)
    assert not guard.down
    await guard.close()


async def test_it_lets_in_again_when_the_server_is_back_and_has_the_pool_renewed() -> None:
    server = Server("gone")
    guard = server.guard()
    with pytest.raises(StoreUnavailableError):
        await wait_for_ever(guard)
    assert server.recovered == 0
    server.state = "up"
    while guard.down:  # noqa: ASYNC110 - the watch gives no notice
        await asyncio.sleep(0.01)
    assert server.recovered == 1
    async with guard.guard(60):
        pass
    await guard.close()


async def test_a_statement_has_an_end_though_the_server_is_there() -> None:
    guard = Server().guard()
    with pytest.raises(StoreUnavailableError):
        async with guard.guard(0.1):
            await asyncio.Event().wait()
    assert not guard.down
    await guard.close()


async def test_an_error_inside_passes_as_it_is() -> None:
    guard = Server().guard()
    with pytest.raises(ZeroDivisionError):
        async with guard.guard(60):
            _ = 1 / 0
    assert guard.waiting == 0
    await guard.close()


async def test_one_failed_probe_is_not_enough() -> None:
    server = Server()
    guard = server.guard()
    assert await guard.check()
    server.failing = 1
    async with guard.guard(60):
        assert await guard.check()
    assert not guard.down
    assert (server.probed, server.connected) == (3, 2)  # the second attempt was on a new connection
    await guard.close()


async def test_probes_share_one_connection() -> None:
    server = Server()
    guard = server.guard()
    for _ in range(5):
        assert await guard.check()
    assert (server.probed, server.connected) == (5, 1)
    await guard.close()


async def test_a_refused_password_is_an_answer() -> None:
    guard = Server("locked").guard()
    assert await guard.check()
    await guard.close()


async def test_a_loop_that_is_busy_does_not_make_a_probe_fail() -> None:
    server = Server()
    guard = server.guard()
    check = asyncio.create_task(guard.check())
    await asyncio.sleep(0)
    for _ in range(3):
        time.sleep(1)  # noqa: ASYNC251 - the loop builds answers; longer than a probe may take
        await asyncio.sleep(0)
    assert await check
    await guard.close()


async def test_an_answered_statement_outweighs_failed_probes() -> None:
    server = Server("hung")
    guard = server.guard()

    async def answer_again_and_again() -> None:
        for _ in range(40):
            async with guard.guard(60):
                await asyncio.sleep(0.02)

    check = asyncio.create_task(guard.check())
    await answer_again_and_again()
    assert await check
    assert not guard.down
    await guard.close()


async def test_a_blocked_probe_gets_no_second_thread_and_works_once_unblocked() -> None:
    server = Server("blocked")
    guard = server.guard()
    before = threading.active_count()
    assert not await guard.check()
    later = asyncio.create_task(guard.check())
    await asyncio.sleep(0.1)
    assert threading.active_count() <= before + 1
    server.state = "up"
    server.unblocked.set()
    assert await later
    assert (guard.down, server.recovered) == (False, 1)
    await guard.close()


async def test_by_default_a_hung_server_is_given_up_within_three_seconds() -> None:
    tuning = Neo4jSettings()
    assert tuning.patience + 2 * tuning.probe_timeout < 2.8
