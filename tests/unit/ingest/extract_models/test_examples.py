from catalograph.ingest.extract.examples import (
    ProductExample,
    TypedSpan,
    is_closed_world,
    label_words,
    split_words,
)
from catalograph.ingest.extract.gazetteer import Gazetteer


def test_words_keep_fractions_and_their_places() -> None:
    text = 'Tea, 3.5 oz (2-pack) 12"'
    words = split_words(text)
    assert [w.text for w in words] == [
        "Tea", ",", "3.5", "oz", "(", "2", "-", "pack", ")", "12", '"',
    ]  # fmt: skip
    assert all(text[w.start : w.end] == w.text for w in words)


def test_the_longer_value_is_labelled_first_and_none_overlap() -> None:
    text = "Green Tea with green leaf tea"
    words = split_words(text)
    spans = label_words(text, words, {"kind": ("Tea",), "flavor": ("Green Tea",)})
    assert spans == [TypedSpan(0, 2, "flavor")]


def test_every_whole_occurrence_is_labelled_and_inside_a_word_only_if_there_is_no_other() -> None:
    text = "Letters and Letter and Letter"
    words = split_words(text)
    assert label_words(text, words, {"pattern": ("Letter",)}) == [
        TypedSpan(2, 3, "pattern"),
        TypedSpan(4, 5, "pattern"),
    ]
    only = "Letters Cap"
    assert label_words(only, split_words(only), {"pattern": ("Letter",)}) == [
        TypedSpan(0, 1, "pattern")
    ]


def test_a_value_that_stands_nowhere_gives_no_span() -> None:
    assert label_words("Tea", split_words("Tea"), {"brand": ("Tazo", "")}) == []


def test_the_world_is_open_where_absence_is_told() -> None:
    assert is_closed_world([ProductExample({}, "", {"a": ("b",)})])
    assert not is_closed_world(
        [ProductExample({}, "", {"a": ("b",)}), ProductExample({}, "", {"a": ()})]
    )


def lure(title: str, **targets: tuple[str, ...]) -> ProductExample:
    return ProductExample({"title": title}, "lure", targets)


def test_a_gazetteer_leaves_an_example_out_of_its_own_look_up() -> None:
    own = lure("Red lure", color=("Red",))
    gazetteer = Gazetteer([own, lure("Blue lure", color=("Blue",))])
    words = split_words("Red lure")
    assert [(m.attribute, m.here) for m in gazetteer.matches(words, "lure")] == [("color", 1)]
    assert gazetteer.matches(words, "lure", own) == []


def test_a_gazetteer_knows_how_often_words_meant_the_value() -> None:
    gazetteer = Gazetteer(
        [
            lure("Red lure", color=("Red",)),
            lure("Red Devil lure", color=()),
            lure("Red Baron lure", color=("Red",)),
            lure("Red Fox lure", brand=("Fox",)),  # the colour was not judged: no evidence
        ]
    )
    (match,) = (
        m for m in gazetteer.matches(split_words("red thing"), "lure") if m.attribute == "color"
    )
    assert (match.here, match.anywhere) == (2, 2)
    assert match.share == 2 / 3


def test_a_gazetteer_finds_a_value_at_the_front_of_a_word_and_says_what_to_cut() -> None:
    gazetteer = Gazetteer([lure("Letter cap", pattern=("Letter",))])
    (match,) = gazetteer.matches(split_words("Russian Letters"), "lure")
    assert (match.start, match.end, match.cut) == (1, 2, 1)


def test_a_gazetteer_comes_back_from_its_rows() -> None:
    gazetteer = Gazetteer([lure("Red lure", color=("Red",)), lure("Big red lure", color=("red",))])
    again = Gazetteer.from_rows(gazetteer.to_rows())
    words = split_words("A RED one")
    assert again.matches(words, "lure") == gazetteer.matches(words, "lure")
    assert again.to_rows() == gazetteer.to_rows()
