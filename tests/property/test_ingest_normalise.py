"""Normalising is idempotent, whatever it is given, and keeps the original."""

from hypothesis import given
from hypothesis import strategies as st

from catalograph.ingest.normalise import normalise
from catalograph.ingest.normalise.tables import brand_aliases, table, words

_UNITS = sorted(
    text
    for kind in table("units").values()
    for spelled in kind["write"].values()
    for listed in spelled.values()
    for text in listed
)
_NUMBERS = st.one_of(
    st.integers(0, 10**7).map(str),
    st.floats(0.001, 10**5).map(lambda n: f"{n:.3f}"),
    st.integers(1000, 10**7).map(lambda n: f"{n:,}"),
    st.sampled_from(["1 1/2", "1-3/4", "½", "3¼", "二十五", "1,5", "7/8"]),
)
_QUANTITIES = st.builds(
    lambda n, gap, unit: f"{n}{gap}{unit}",
    _NUMBERS,
    st.sampled_from(["", " ", "-"]),
    st.sampled_from(_UNITS),
)
_WORDS = st.sampled_from(
    [*brand_aliases(), *words("colour"), *words("size"), *words("flag"), "Inc.", "GmbH", "& Co."]
)
_THINGS = st.sampled_from(["-pack", " pcs", "支装", " pair", " dozen"])
TEXTS = st.one_of(
    st.text(max_size=12),
    _QUANTITIES,
    st.lists(_QUANTITIES | _NUMBERS, min_size=2, max_size=3).map(" x ".join),
    st.lists(_QUANTITIES | _NUMBERS, min_size=2, max_size=2).map(" - ".join),
    st.lists(_QUANTITIES, min_size=2, max_size=2).map(" ".join),
    st.lists(_WORDS, min_size=1, max_size=3).map(" ".join),
    st.builds(
        lambda a, b: f"{a}{b}", _NUMBERS, st.sampled_from(["-pack", " pcs", "支装", " pair"])
    ),
)
ATTRIBUTES = st.sampled_from(
    ["brand", "colour", "size", "pack count", "width", "volume", "screen size", "battery life",
     "recommended age", "memory", "cache", "颜色", "数量", "anything"]
)  # fmt: skip


@given(attribute=ATTRIBUTES, text=TEXTS)
def test_idempotent(attribute: str, text: str) -> None:
    once = normalise(attribute, text)
    twice = normalise(attribute, once.name)
    assert (twice.name, twice.number, twice.unit) == (once.name, once.number, once.unit)
    assert once.original == text
    assert once.rule is not None or once.name.split() == text.split() or not text.isprintable()
