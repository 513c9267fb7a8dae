"""Each layer of the gateway by itself, on a clock that the test moves."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.errors import (
    BudgetExceededError,
    ConfigError,
    LanguageModelError,
    MissingSettingError,
    ModelOutputError,
    ModelUnavailableError,
)
from catalograph.ingest.llm import Completion, CompletionRequest, Gateway, Message, purge_cache
from catalograph.ingest.llm.breaker import Breaker
from catalograph.ingest.llm.cache import FILE, AnswerStore
from catalograph.ingest.llm.client import request_body, retry_after
from catalograph.ingest.llm.cost import Budget, Price, bound_tokens, estimate
from catalograph.ingest.llm.limits import BURST, RateLimitedModel, RateLimiter
from catalograph.ingest.llm.protocol import Meter
from catalograph.ingest.llm.retry import RetryingModel
from catalograph.settings import load_settings
from tests.model_endpoint import serving


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Model:
    """Answers, or raises what the test gives it."""

    def __init__(self, act: Callable[[int], Completion] | None = None) -> None:
        self.asked = 0
        self._act = act or (lambda n: Completion("yes", 10, 5))

    async def complete(self, request: CompletionRequest) -> Completion:
        self.asked += 1
        await asyncio.sleep(0)
        return self._act(self.asked)


def ask(text: str = "hello", subject: str = "product:t:1") -> CompletionRequest:
    return CompletionRequest((Message("user", text),), max_tokens=20, subject=subject)


def fails(error: LanguageModelError) -> Callable[[int], Completion]:
    def act(n: int) -> Completion:
        raise error

    return act


@given(st.integers(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_no_minute_holds_more_than_the_allowance(per_minute: int, gaps: list[float]) -> None:
    clock = Clock()
    pace = RateLimiter(per_minute, clock)
    starts = []
    for gap in gaps:
        clock.now += gap
        starts.append(clock.now + pace.take(1))
    for n, start in enumerate(starts):
        # Both ends of a window may hold a request, so one more than the allowance is in it.
        assert sum(start <= other < start + 60 for other in starts[n:]) <= per_minute + 1


def test_tokens_that_were_not_used_are_given_back() -> None:
    clock = Clock()
    pace = RateLimiter(60 + BURST, clock)
    assert pace.take(BURST + 10) == 0
    assert pace.take(1) == pytest.approx(10)
    pace.give_back(11)
    assert pace.take(1) == pytest.approx(0)


def test_a_retry_after_stops_every_worker() -> None:
    clock = Clock()
    requests, tokens = RateLimiter(float("inf"), clock), RateLimiter(float("inf"), clock)
    busy = ModelUnavailableError("busy", retry_after=7.0)
    limited = RateLimitedModel(Model(fails(busy)), requests, tokens, 60, clock.sleep)
    with pytest.raises(ModelUnavailableError):
        asyncio.run(limited.complete(ask()))
    assert requests.take(1) == 7


def test_retries_wait_longer_and_as_long_as_asked() -> None:
    def act(n: int) -> Completion:
        if n == 1:
            raise ModelUnavailableError("busy", retry_after=9.0)
        if n < 4:
            raise ModelUnavailableError("gone")
        return Completion("yes")

    clock = Clock()
    retried = RetryingModel(Model(act), 4, 1.0, 60.0, clock.sleep)
    assert asyncio.run(retried.complete(ask())).text == "yes"
    assert clock.slept[0] == 9
    assert all(0.5 <= wait <= 8 for wait in clock.slept[1:])


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (ModelUnavailableError("gone"), 3),
        (ModelUnavailableError("tomorrow", retry_after=86_400.0), 1),
        (LanguageModelError("wrong key", status=401), 1),
        (ModelOutputError("no JSON"), 1),
        (BudgetExceededError("poor"), 1),
    ],
)
def test_only_what_may_succeed_is_tried_again(error: LanguageModelError, asked: int) -> None:
    model = Model(fails(error))
    with pytest.raises(type(error)):
        asyncio.run(RetryingModel(model, 3, 0.1, 60.0, Clock().sleep).complete(ask()))
    assert model.asked == asked


def test_the_breaker_opens_then_lets_one_request_try() -> None:
    clock = Clock()
    well = False

    def act(n: int) -> Completion:
        if well:
            return Completion("yes")
        raise ModelUnavailableError("gone")

    model = Model(act)
    breaker = Breaker(model, 2, 30, clock)

    async def many() -> list[Completion | BaseException]:
        return await asyncio.gather(
            *(breaker.complete(ask()) for _ in range(5)), return_exceptions=True
        )

    for _ in range(2):
        with pytest.raises(ModelUnavailableError, match="gone"):
            asyncio.run(breaker.complete(ask()))
    with pytest.raises(ModelUnavailableError, match="left alone"):
        asyncio.run(breaker.complete(ask()))
    clock.now += 30
    asyncio.run(many())
    assert model.asked == 3
    clock.now += 30
    well = True
    asyncio.run(many())
    assert asyncio.run(breaker.complete(ask())).text == "yes"
    assert model.asked == 3 + 1 + 1


@given(st.integers(1, 3_000), st.integers(1, 12), st.floats(0, 1))
def test_however_many_ask_at_once_the_budget_holds(limit: int, workers: int, share: float) -> None:
    most = bound_tokens(ask())
    total = Meter()
    model = Model(lambda n: Completion("yes", int(most * share), 20))
    budget = Budget(model, Price(), total, tokens=limit)

    async def work() -> list[Completion | BaseException]:
        return await asyncio.gather(
            *(budget.complete(ask()) for _ in range(workers)), return_exceptions=True
        )

    outcomes = [o for _ in range(3) for o in asyncio.run(work())]
    assert total.sent + total.received <= limit
    refused = sum(isinstance(o, BudgetExceededError) for o in outcomes)
    assert total.calls == model.asked == len(outcomes) - refused
    if refused == len(outcomes):
        assert limit < most + 20


@pytest.mark.parametrize(("spare", "calls"), [(12, 2), (12, 9), (1_000, 60)])
def test_a_call_waits_for_budget_that_calls_in_flight_give_back(spare: int, calls: int) -> None:
    limit = bound_tokens(ask()) + 20 + spare
    total = Meter()
    budget = Budget(Model(lambda n: Completion("yes", 5, 1)), Price(), total, tokens=limit)

    async def work() -> list[Completion | BaseException]:
        return await asyncio.gather(
            *(budget.complete(ask()) for _ in range(calls)), return_exceptions=True
        )

    outcomes = asyncio.run(work())
    # Each reserves room for the longest answer and uses six tokens: as many as fit one by one.
    answered = sum(isinstance(o, Completion) for o in outcomes)
    assert answered == min(calls, spare // 6 + 1)
    assert total.sent + total.received == 6 * answered


def test_calls_of_other_threads_wait_too() -> None:
    most = bound_tokens(ask()) + 20
    budget = Budget(Model(lambda n: Completion("yes", 1, 0)), Price(), Meter(), tokens=most + 60)

    def work(_: int) -> str:
        return asyncio.run(budget.complete(ask())).text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(40))) == ["yes"] * 40


def test_a_waiting_call_is_refused_once_nothing_is_in_flight() -> None:
    most = bound_tokens(ask()) + 20
    total = Meter()
    budget = Budget(Model(lambda n: Completion("yes", most - 20, 20)), Price(), total, tokens=most)

    async def work() -> list[Completion | BaseException]:
        return await asyncio.gather(
            *(budget.complete(ask()) for _ in range(5)), return_exceptions=True
        )

    outcomes = asyncio.run(work())
    assert [type(o) for o in outcomes] == [Completion, *[BudgetExceededError] * 4]
    assert total.calls == 1


def test_a_failed_call_frees_its_reservation_for_those_who_wait() -> None:
    def act(n: int) -> Completion:
        if n == 1:
            raise ModelUnavailableError("gone")
        return Completion("yes", 5, 1)

    most = bound_tokens(ask()) + 20
    budget = Budget(Model(act), Price(), Meter(), tokens=most)

    async def work() -> list[Completion | BaseException]:
        return await asyncio.gather(
            *(budget.complete(ask()) for _ in range(2)), return_exceptions=True
        )

    first, second = asyncio.run(work())
    assert isinstance(first, ModelUnavailableError)
    assert isinstance(second, Completion)


@pytest.mark.parametrize("error", [BudgetExceededError("poor"), asyncio.CancelledError()])
def test_a_call_that_was_not_made_neither_closes_nor_resets_the_circuit(
    error: BaseException,
) -> None:
    clock = Clock()
    script: list[BaseException] = []

    def act(n: int) -> Completion:
        raise script.pop(0)

    breaker = Breaker(Model(act), 2, 30, clock)

    def call(raised: BaseException) -> None:
        script.append(raised)
        with pytest.raises(type(raised)):
            asyncio.run(breaker.complete(ask()))

    # Given a failure, then a call that never reached the endpoint, then another failure
    call(ModelUnavailableError("gone"))
    call(error)
    call(ModelUnavailableError("gone"))
    # Then the circuit is open, and a probe without budget leaves it open
    with pytest.raises(ModelUnavailableError, match="left alone"):
        asyncio.run(breaker.complete(ask()))
    clock.now += 30
    call(error)
    call(ModelUnavailableError("still gone"))
    with pytest.raises(ModelUnavailableError, match="left alone"):
        asyncio.run(breaker.complete(ask()))


def test_a_lost_answer_stays_booked_and_a_refused_one_does_not() -> None:
    total = Meter()
    price = Price(1.0, 2.0)
    for error in (ModelUnavailableError("late", billable=True), ModelUnavailableError("503")):
        with pytest.raises(ModelUnavailableError):
            asyncio.run(Budget(Model(fails(error)), price, total).complete(ask()))
    assert (total.calls, total.sent, total.received) == (2, bound_tokens(ask()), 20)
    assert total.dollars == pytest.approx((bound_tokens(ask()) + 40) / 1e6)


def test_a_budget_in_dollars_needs_prices() -> None:
    with pytest.raises(ConfigError, match="PRICE_IN"):
        Budget(Model(), Price(), Meter(), dollars=1.0)


def test_an_estimate_counts_a_third_of_the_bytes_and_the_longest_answers() -> None:
    told = estimate([ask("x" * 300), ask("衬衫")], Price(10.0, 100.0), cached=3)
    assert (told.requests, told.cached, told.sent, told.received) == (5, 3, 102, 40)
    assert told.dollars == pytest.approx((102 * 10 + 40 * 100) / 1e6)


def gateway(home: Path, endpoint: Model | None, **llm: object) -> Gateway:
    named = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    return Gateway(load_settings(home=home, llm=named | llm), endpoint)


def complete(way: Gateway, request: CompletionRequest) -> Completion:
    async def once() -> Completion:
        async with way.open() as model:
            return await model.complete(request)

    return asyncio.run(once())


def test_a_known_answer_is_not_asked_for(tmp_path: Path) -> None:
    model = Model()
    way = gateway(tmp_path, model, api_key="sk-secret")
    assert complete(way, ask("my text")) == complete(way, ask("my text"))
    assert complete(gateway(tmp_path, model), ask("my text", "other")).text == "yes"
    assert model.asked == 1
    assert way.usage.requests == 2
    stored = (tmp_path / FILE).read_bytes()
    assert b"sk-secret" not in stored
    assert b"my text" not in stored
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", [{"model": "n"}, {"temperature": 0.5}, {"constrain": "none"}])
def test_whatever_decides_an_answer_is_in_its_key(
    tmp_path: Path, change: dict[str, object]
) -> None:
    request = CompletionRequest((Message("user", "x"),), schema={"type": "object"})
    one, other = gateway(tmp_path, Model()), gateway(tmp_path, Model(), **change)
    assert one.key(request) != other.key(request)
    assert one.key(request) != one.key(
        CompletionRequest((Message("user", "x"),), schema={"type": "array"})
    )


def test_a_subject_is_erased_and_others_keep_theirs(tmp_path: Path) -> None:
    model = Model(lambda n: Completion("about somebody"))
    way = gateway(tmp_path, model)
    for subject in ("review:t:1", "review:t:2"):
        complete(way, ask("same text", subject))
    complete(way, ask("own text", "review:t:1"))
    settings = load_settings(home=tmp_path)
    assert purge_cache(settings, ["review:t:1"]) == 2
    assert purge_cache(settings, ["review:t:1", "review:t:3"]) == 0
    store = AnswerStore(tmp_path / FILE)
    assert store.get(way.key(ask("own text")), "review:t:2") is None
    assert store.get(way.key(ask("same text")), "review:t:2") is not None
    store.close()
    assert purge_cache(settings, ["review:t:2"]) == 1
    files = [f.read_bytes() for f in tmp_path.iterdir()]
    assert not any(b"about somebody" in content for content in files)


def test_a_broken_cache_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 100)
    assert complete(gateway(tmp_path, Model()), ask()).text == "yes"


def test_only_valid_answers_are_kept(tmp_path: Path) -> None:
    def check(text: str) -> None:
        raise ModelOutputError("never right")

    model = Model()
    way = gateway(tmp_path, model, repairs=2)
    bad = CompletionRequest((Message("user", "x"),), check=check)
    for _ in range(2):
        with pytest.raises(ModelOutputError):
            complete(way, bad)
    assert model.asked == 2 * 3
    assert way.usage.repaired == 4
    assert way.usage.failed == 2


def test_a_recording_answers_in_the_endpoints_place(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    recorded = complete(gateway(tmp_path, Model(), record=tape, cache=False), ask())
    replaying = gateway(tmp_path, None, replay=tape, cache=False)
    assert complete(replaying, ask()) == recorded
    with pytest.raises(LanguageModelError, match="no answer to request .* about 'product:t:1'"):
        complete(replaying, ask("something else"))
    with pytest.raises(ConfigError, match="RECORD"):
        gateway(tmp_path, None, replay=tmp_path / "none.jsonl")


def test_a_missing_endpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingError, match="CATALOGRAPH_LLM__BASE_URL"):
        Gateway(load_settings(home=tmp_path))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        (None, None),
    ],
)
def test_both_forms_of_retry_after(header: str | None, seconds: float | None) -> None:
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert retry_after(header, now) == seconds


def test_each_kind_of_endpoint_is_told_the_schema_in_its_way() -> None:
    schema = {"type": "string", "maxLength": 5}
    request = CompletionRequest((Message("system", "rules"), Message("user", "x")), schema)

    def told(**llm: object) -> dict[str, object]:
        return request_body(request, load_settings(llm={"model": "m"} | llm).llm)

    strict = {"name": "answer", "strict": True, "schema": {"type": "string"}}
    assert told()["response_format"] == {"type": "json_schema", "json_schema": strict}
    assert told(constrain="json_object")["response_format"] == {
        "type": "json_object",
        "schema": schema,
    }
    assert "response_format" not in told(constrain="none")
    assert told(endpoint="completions")["prompt"] == "rules\nx\n"


def test_many_write_the_cache_at_once(tmp_path: Path) -> None:
    path = tmp_path / FILE
    AnswerStore(path).close()

    def write(worker: int) -> None:
        with contextlib.closing(AnswerStore(path)) as store:
            for n in range(25):
                store.put(f"{worker}-{n}", "product:t:1", Completion("yes"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert purge_cache(load_settings(home=tmp_path), ["product:t:1"]) == 100


@pytest.mark.parametrize("missing", ["httpx", "tenacity"])
def test_a_missing_package_is_named_with_its_extra(missing: str) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; import catalograph.ingest.llm"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"MissingExtraError: This needs the package '{missing}'" in done.stderr
    assert "pip install 'catalograph[llm]'" in done.stderr


def test_nobody_can_forget_to_hide_personal_data(tmp_path: Path) -> None:
    heard: list[str] = []

    class Echo:
        async def complete(self, request: CompletionRequest) -> Completion:
            heard.append(request.messages[0].content)
            return Completion(request.messages[0].content)

    text = "Mail jane@example.com about it"
    way = Gateway(load_settings(home=tmp_path, llm={"model": "m"}), Echo())
    assert asyncio.run(way.complete(ask(text))).text == text
    assert heard == ["Mail [EMAIL_1] about it"]
    assert b"jane@example.com" not in b"".join(f.read_bytes() for f in tmp_path.iterdir())


def test_many_may_ask_a_gateway_at_once(tmp_path: Path) -> None:
    with serving(lambda body: body["messages"][0]["content"]) as endpoint:
        way = gateway(tmp_path, None, base_url=endpoint.url)

        async def many() -> list[Completion]:
            return await asyncio.gather(*(way.complete(ask(f"text {n}")) for n in range(20)))

        for _ in range(2):
            answers = asyncio.run(many())
            assert [answer.text for answer in answers] == [f"text {n}" for n in range(20)]
    assert len(endpoint.heard) == 20
