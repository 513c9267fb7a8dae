import pytest

from catalograph.schema.ddl import FULL_TEXT_INDEX, WORD_INDEX
from catalograph.store.queries.search import (
    MAX_DOUBTFUL,
    MAX_WORDS,
    RetrievalMode,
    has_cjk,
    search_parameters,
    search_words,
    suggestion_parameters,
)

BOOSTS = {"title": 2.0, "description": 1.0}


def test_one_word_is_looked_for_in_every_property_by_its_boost() -> None:
    words = search_words("lamp", BOOSTS)
    assert words.index == FULL_TEXT_INDEX
    assert words.text == "title:lamp^2 description:lamp^1"


def test_several_words_count_more_together() -> None:
    assert search_words("red lamp", {"title": 2.0}).text == (
        "title:red^2 title:lamp^2 (+(title:red^2) +(title:lamp^2))^2"
    )


@pytest.mark.parametrize("text", [r"colour\:red", "colour\uff1ared", r"colour\: red"])
def test_an_attribute_and_its_value_are_two_words(text: str) -> None:
    assert search_words(text, BOOSTS) == search_words("colour red", BOOSTS)


def test_colons_alone_are_no_words() -> None:
    assert search_words(r"\: \:", BOOSTS).text is None


@pytest.mark.parametrize(
    ("word", "fuzzy"),
    [
        ("lamp", "title:lamp~1^1 description:lamp~1^0.5"),
        ("keyboard", "title:keyboard~2^1 description:keyboard~2^0.5"),
    ],
)
def test_longer_words_may_have_more_typing_errors(word: str, fuzzy: str) -> None:
    [doubtful] = search_words(word, BOOSTS).doubtful
    assert doubtful == {"text": f"title:{word}^2 description:{word}^1", "fuzzy": fuzzy}


@pytest.mark.parametrize("word", ["fan", "x100", "rtx2060", "with", "There", r"usb\-c"])
def test_short_words_numbers_and_stop_words_are_taken_as_they_are(word: str) -> None:
    assert search_words(word, BOOSTS).doubtful == ()


@pytest.mark.parametrize("text", ["红色键盘", "ワイヤレス", "키보드", "Huawei 手机"])
def test_asian_words_go_to_the_index_of_their_characters(text: str) -> None:
    assert has_cjk(text)
    words = search_words(text, BOOSTS)
    assert (words.index, words.doubtful) == (WORD_INDEX, ())


@pytest.mark.parametrize("text", ["lamp", "café", "лампа", "64 GB"])
def test_other_words_do_not(text: str) -> None:
    assert not has_cjk(text)


def test_a_long_query_stays_below_the_number_of_clauses_that_lucene_takes() -> None:
    words = search_words(" ".join(f"word{chr(97 + n % 26) * (n + 1)}" for n in range(80)))
    assert words.text is not None
    assert words.text.count("title:") == 2 * MAX_WORDS
    assert words.text.count(":") < 1024
    assert len(words.doubtful) == MAX_DOUBTFUL


def test_each_mode_asks_for_its_own() -> None:
    asked = {mode: search_parameters("lamp", [1.0], mode) for mode in RetrievalMode}
    assert {m: (p["text"] is None, p["vector"]) for m, p in asked.items()} == {
        RetrievalMode.FULL_TEXT: (False, None),
        RetrievalMode.VECTOR: (True, [1.0]),
        RetrievalMode.HYBRID: (False, [1.0]),
    }
    assert asked[RetrievalMode.VECTOR]["doubtful"] == []


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("lap", "+name:lap*"),
        ("HP Las", "+name:hp +name:las*"),
        ("3.5 mm", "+name:3.5 +name:mm*"),
        ("a AND (b*", "+name:a +name:and +name:b*"),
        ("华", "+name:华*"),
        ("华为手机", '+name:"华为手机"'),
    ],
)
def test_the_last_typed_word_is_a_beginning(typed: str, names: str) -> None:
    parameters = suggestion_parameters(typed, 10)
    assert parameters is not None
    assert parameters["names"] == names
    assert parameters["named"] == 3


def test_nothing_is_suggested_without_a_word() -> None:
    assert suggestion_parameters("+-* ()", 10) is None
