import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.errors import InvalidInputError
from catalograph.schema import keys

names = st.text(min_size=1, max_size=60).filter(lambda t: 0 < len(keys.normalise(t)) <= 200)


@given(names)
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert keys.normalise(keys.normalise(name)) == keys.normalise(name)


@given(st.lists(names, min_size=1, max_size=4), st.lists(names, min_size=1, max_size=4))
def test_category_keys_are_equal_only_for_equal_paths(a: list[str], b: list[str]) -> None:
    equal = [keys.normalise(x) for x in a] == [keys.normalise(x) for x in b]
    assert (keys.category_key(a) == keys.category_key(b)) is equal


@given(names, names, names, names)
def test_value_keys_are_equal_only_for_equal_values(a: str, b: str, c: str, d: str) -> None:
    equal = (keys.normalise(a), keys.normalise(b)) == (keys.normalise(c), keys.normalise(d))
    assert (keys.value_key(a, b) == keys.value_key(c, d)) is equal


def test_names_meet_across_case_width_and_space() -> None:
    assert keys.brand_key("  Sony\u00a0 Music ") == keys.brand_key("ＳＯＮＹ music")


def test_the_same_number_in_two_catalogues_is_two_products() -> None:
    assert keys.product_key("a", "1") == "product:a:1"
    assert keys.product_key("a", "1") != keys.product_key("b", "1")


def test_a_user_key_hides_the_id_and_depends_on_the_secret() -> None:
    key = keys.user_key("shop", "ada@example.org", b"one")
    assert "example" not in key
    assert key == keys.user_key("shop", "ada@example.org", b"one")
    assert key != keys.user_key("shop", "ada@example.org", b"two")


@pytest.mark.parametrize("source", ["", "Upper", "a:b", "a b", "ü", "x" * 70])
def test_a_source_name_must_fit_into_a_key(source: str) -> None:
    with pytest.raises(InvalidInputError, match="source name"):
        keys.product_key(source, "1")


@pytest.mark.parametrize("id_", ["", "  ", "\x00", "a\x00b", "a\ud800", "x" * 201])
def test_an_id_must_be_visible_and_short(id_: str) -> None:
    with pytest.raises(InvalidInputError, match="characters"):
        keys.product_key("shop", id_)


def test_labels_are_read_back_from_keys() -> None:
    assert keys.label_of(keys.product_key("shop", "a:b/c")) == "Product"
    with pytest.raises(InvalidInputError, match="is not a key"):
        keys.label_of("nonsense:1")
