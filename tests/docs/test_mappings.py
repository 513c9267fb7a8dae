"""The page of mappings names every shipped one, and its examples are valid."""

import pytest

from catalograph.ingest.mapping import parse_mapping, shipped_names
from tests.docs.pages import ROOT, Block, read_blocks

PAGE = ROOT / "docs" / "mappings.md"
EXAMPLES = [block for block in read_blocks(PAGE) if block.language == "yaml"]


def test_the_page_names_every_shipped_mapping() -> None:
    text = PAGE.read_text()
    assert [name for name in shipped_names() if f"`{name}`" not in text] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda block: block.text.split(":")[0])
def test_examples_are_valid(example: Block) -> None:
    kind = "events" if example.text.startswith("event:") else "catalog"
    fields = "" if kind == "events" else "id: id\ntitle: name\n"
    whole = "" if "kind:" in example.text else f"kind: {kind}\nsource: shop\n{fields}"
    parse_mapping(whole + example.text, "example")
