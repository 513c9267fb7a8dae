"""Identifiers and the contradictions that keep products apart."""

import pytest

from catalograph.ingest.resolve.identifiers import codes_of, conflict, identify, packs_of
from catalograph.ingest.resolve.records import ProductRecord, record_of


def reason(a: dict[str, object], b: dict[str, object]) -> str | None:
    return conflict(identify(record_of("a", a)), identify(record_of("b", b)))


def test_a_record_of_a_pair_file_is_read_by_its_columns() -> None:
    record = record_of(
        "a", {"name": "TV", "manufacturer": "LG", "price": "$1,299.00", "hue": "red"}
    )
    assert record == ProductRecord(
        "a", title="TV", brand="LG", price=1299.0, values={"hue": ("red",)}
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("panasonic lm-af30u3 dvd", {"lmaf30u3"}),
        ("sony psl x350h", {"x350h"}),
        ("1080p 802.11n 64gb 52 inch", set()),
        ("guardian 24020300 mat", {"24020300"}),
    ],
)
def test_model_numbers_are_told_from_measures_and_standards(text: str, codes: set[str]) -> None:
    assert codes_of(text) == codes


@pytest.mark.parametrize(
    ("text", "packs"),
    [
        ("3-pack", {3}),
        ("pack of 6", {6}),
        ("6 x 500 ml", {6}),
        ("24 x 36 mat", set()),
        ("1 pack", set()),
    ],
)
def test_packs(text: str, packs: set[int]) -> None:
    assert packs_of(text) == packs


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"title": "USB stick 64 GB"}, {"title": "USB stick 128GB"}, "capacity"),
        ({"title": "USB stick 64 GB"}, {"title": "USB stick 64gb"}, None),
        ({"title": "disk 1 TB"}, {"title": "disk 1000 GB"}, None),
        ({"title": "soap 100 g"}, {"title": "soap 250 g"}, "capacity"),
        ({"title": "soap, pack of 6"}, {"title": "soap, 3-pack"}, "pack"),
        ({"title": "soap, pack of 6"}, {"title": "soap"}, "pack"),
        ({"title": "discs 3 pack"}, {"title": "discs", "description": "pack of 3"}, None),
        ({"title": "toner", "modelno": "Q6511A"}, {"title": "toner", "modelno": "Q6511X"}, "model"),
        ({"title": "disk", "modelno": "ver97185"}, {"title": "disk", "modelno": "97185"}, None),
        ({"title": "LG 52LG50 TV"}, {"title": "LG 52LG70 TV"}, "model"),
        ({"title": "a", "gtin": "4006381333931"}, {"title": "a", "gtin": "0885909950805"}, "gtin"),
        ({"title": "a", "gtin": "4006381333931"}, {"title": "a", "gtin": "04006381333931"}, None),
        ({"title": "a", "gtin": "4006381333931"}, {"title": "a", "gtin": "4006381333932"}, None),
    ],
)
def test_contradictions(a: dict[str, object], b: dict[str, object], expected: str | None) -> None:
    assert reason(a, b) == expected
    assert reason(b, a) == expected
