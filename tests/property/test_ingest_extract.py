"""Extraction from any text: evidence is where it is said to be, and never more than one each."""

from hypothesis import given
from hypothesis import strategies as st

from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
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
