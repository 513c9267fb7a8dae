"""What a language model's answers become, and what agreement teaches."""

from pathlib import Path

import orjson
import pytest

from catalograph.errors import ModelOutputError, ModelUnavailableError
from catalograph.ingest.llm import Gateway
from catalograph.ingest.llm.protocol import Completion, CompletionRequest
from catalograph.ingest.resolve.llm_matcher import PAIRS_A_PROMPT, ModelJudge, read_answers
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ingest.resolve.source_trust import ValueClaim, believe, learn_trust
from catalograph.settings import LlmSettings, load_settings


class SameTitle:
    """Answers true for equal titles, and nothing for a pair it does not like."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def complete(self, request: CompletionRequest) -> Completion:
        offers = orjson.loads(request.messages[-1].content)
        self.sizes.append(len(offers))
        answers = [
            {"pair": o["pair"], "same": o["a"]["title"] == o["b"]["title"]}
            for o in offers
            if o["a"]["title"] != "?"
        ]
        return Completion(orjson.dumps({"answers": answers}).decode())


class Unavailable:
    async def complete(self, request: CompletionRequest) -> Completion:
        raise ModelUnavailableError("no answer")


def record(title: str) -> ProductRecord:
    return ProductRecord(title, title=title)


def test_pairs_are_judged_in_prompts_of_64() -> None:
    model = SameTitle()
    pairs = [(record(str(n)), record(str(n - n % 2))) for n in range(PAIRS_A_PROMPT + 1)]
    answers = ModelJudge(model).judge(pairs)
    assert model.sizes == [PAIRS_A_PROMPT, 1]
    assert answers == [n % 2 == 0 for n in range(PAIRS_A_PROMPT + 1)]


def test_the_gateway_keeps_answers_so_that_no_pair_is_asked_about_twice(tmp_path: Path) -> None:
    model = SameTitle()
    settings = load_settings(home=tmp_path, llm=LlmSettings(model="same-title"))
    for _ in range(2):
        judge = ModelJudge(Gateway(settings, model))
        assert judge.judge([(record("a"), record("a")), (record("a"), record("b"))]) == [
            True,
            False,
        ]
    assert model.sizes == [2]


def test_what_the_model_leaves_out_stays_undecided() -> None:
    pairs = [(record("?"), record("?")), (record("a"), record("a"))]
    assert ModelJudge(SameTitle()).judge(pairs) == [None, True]


def test_without_an_answer_all_stay_undecided() -> None:
    assert ModelJudge(Unavailable()).judge([(record("a"), record("a"))]) == [None]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"answers": [{"pair": 0}]}', '{"answers": [{"pair": 0, "same": "yes"}]}']
)
def test_malformed_answers_are_refused(text: str) -> None:
    with pytest.raises(ModelOutputError):
        read_answers(text)


def test_a_source_that_others_contradict_is_trusted_less() -> None:
    claims = [
        ValueClaim(f"item {n}", source, "right" if source != "bad" or n < 2 else f"wrong {n}")
        for n in range(10)
        for source in ("good", "fair", "bad")
    ]
    trust = learn_trust(claims)
    assert trust["good"] == trust["fair"] > 0.9 > trust["bad"]
    belief = believe([c for c in claims if c.item == "item 9"], trust)
    assert belief["item 9", "right"] > 0.99 > belief["item 9", "wrong 9"]


def test_a_trusted_source_outweighs_a_bad_one() -> None:
    belief = believe(
        [ValueClaim("i", "good", "x"), ValueClaim("i", "bad", "y")], {"good": 0.95, "bad": 0.3}
    )
    assert belief["i", "x"] > 0.8 > 0.2 > belief["i", "y"]


def test_a_source_that_nobody_shares_an_item_with_keeps_the_start() -> None:
    assert learn_trust([ValueClaim("i", "alone", "x")]) == {"alone": pytest.approx(0.8)}
