import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.api.cursors import CursorSigner, global_id, key_of
from catalograph.errors import BadCursorError, InvalidInputError

SIGNER = CursorSigner(b"a secret")
positions = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8")),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    max_size=3,
)
scopes = st.text(st.characters(codec="utf-8"), max_size=50)


@given(scopes, positions)
def test_a_cursor_comes_back_as_it_was(scope: str, position: list[str | float]) -> None:
    assert SIGNER.decode(scope, SIGNER.encode(scope, position)) == position


@given(scopes, scopes, positions)
def test_a_cursor_of_another_scope_is_refused(
    scope: str, other: str, position: list[str | float]
) -> None:
    cursor = SIGNER.encode(scope, position)
    if scope != other:
        with pytest.raises(BadCursorError):
            SIGNER.decode(other, cursor)


@given(st.text(max_size=200))
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursorError):
        SIGNER.decode("products", cursor)


@given(positions, st.data())
def test_a_changed_cursor_is_refused(position: list[str | float], data: st.DataObject) -> None:
    cursor = SIGNER.encode("products", position)
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_").filter(lambda c: c != cursor[place]))
    with pytest.raises(BadCursorError):
        SIGNER.decode("products", cursor[:place] + letter + cursor[place + 1 :])


def test_a_cursor_of_another_server_is_refused() -> None:
    foreign = CursorSigner(b"another secret").encode("products", ["product:a:1"])
    with pytest.raises(BadCursorError):
        SIGNER.decode("products", foreign)


def test_a_cursor_too_long_to_be_one_is_refused() -> None:
    with pytest.raises(BadCursorError):
        SIGNER.decode("products", "A" * 100_000)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_a_global_id_comes_back_as_its_key(key: str) -> None:
    assert key_of(global_id(key)) == key


@pytest.mark.parametrize("id_", ["", "not base 64!", "ä", base64.b64encode(b"\xff\xfe").decode()])
def test_what_is_no_global_id_is_refused(id_: str) -> None:
    with pytest.raises(InvalidInputError, match="is not an id"):
        key_of(id_)
