"""Extraction from any text: evidence is where it is said to be, and never more than one each."""

from hypothesis import given
from hypothesis import strategies as st

from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.extract.rules import RULES, rules_for
from catalograph.ingest.extract.rules_zh import ZH_RULES
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ml.script import has_han
from catalograph.schema import check_record

PIECES = st.sampled_from(
    [
        '15.6" LED TV', "16GB Memory", "2TB hard drive", "12W", "3.7V", "2,500 mAh", "5MP",
        "1080p video", "(2-Pack)", "Pack of 3", "weighs 2 lbs", "1 x 2 x 3 cm", " - Rose Gold",
        " - Black/Cream (AT&T)", "Women's", "Leather", "Material: silk", "6' cable", "500ml",
        "ages 3 years and up", "Scale 1:43", " - DVD", "up to", "for", "ß", "İ", "ﬁ", "\n",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=8).map(" ".join)
MAPPING = CatalogMapping(source="s", id=("id",), title="title", description=("description",))


@given(title=TEXTS, description=TEXTS)
def test_every_span_is_its_evidence(title: str, description: str) -> None:
    built = CatalogFeed(MAPPING).build({"id": 1, "title": "x" + title, "description": description})
    assert built.record is not None
    said = built.record.nodes[0].properties
    for triple in built.record.triples:
        span = triple.support.span
        assert span is not None
        evidence = str(said[span.field])[span.start : span.end]
        assert evidence
        assert evidence == evidence.strip()
        number = triple.tail.properties.get("number")
        assert number is None or any(c.isdigit() for c in evidence)
    supports = [(t.key, t.support.extractor) for t in built.record.triples]
    assert len(set(supports)) == len(supports)
    assert check_record(built.record) == []


CUED = st.sampled_from(
    [
        "64", "2.5", "1,024", "4", "GB", "TB", "mb", "K", "W", "kW", "V", "mAh", "MP", "MHz", "hz",
        "x", "×", '"', "''", "-inch", "p", "K TV", "RAM", "SSD", "flash memory", "+", "/", "|",
        "(", ")", ",", "processor", "dual-core", "pack", "pcs", "set of", "weighs", "kg", "cm",
        "wide", "long", "cord", "cable", "ft", "'", "ml", "age", "yearſ", "scale", "1:18", "men’s",
        "for her", "colour:", "Color :", "Black", "made of", "Material:", "Cotton", "laptop",
        "dıſplay", "TABLET", "video", "refresh", "品牌：", "花王", "颜色: 红色", "容量", "500ml",
    ]
)  # fmt: skip


GAPS = st.sampled_from(["", " ", " - "])


@given(parts=st.lists(st.tuples(CUED | PIECES, GAPS), max_size=10))
def test_a_rule_finds_nothing_in_a_text_without_its_cues(parts: list[tuple[str, str]]) -> None:
    text = "".join(piece + gap for piece, gap in parts)
    kept = rules_for(text)
    for rule in RULES:
        if rule not in kept and (has_han(text) or rule not in ZH_RULES):
            assert not [found for field in rule.fields for found in rule.find(field, text)]
