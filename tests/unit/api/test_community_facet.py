"""Communities as a facet: labels of their facts, never their numbers."""

from typing import Any

from catalograph.api.facets import facets_of
from catalograph.api.types.facets import CountRelation, Facet


def fact(name: str | None, number: float | None = None, unit: str | None = None) -> dict[str, Any]:
    return {"key": f"value:x={name}", "name": name, "number": number, "unit": unit}


def community(key: str, *facts: dict[str, Any], title: str | None = None) -> dict[str, Any]:
    return {"key": f"product:s:{key}", "title": title, "count": 3, "facts": list(facts)}


def facets(*rows: dict[str, Any]) -> list[Facet]:
    row = {"currencies": [], "currency": "", "communities": list(rows)}
    return facets_of(row, CountRelation.EQ)()


def labels(*rows: dict[str, Any]) -> list[str]:
    [facet] = facets(*rows)
    return [one.label for one in facet.values]


def test_a_community_is_labelled_by_its_facts() -> None:
    rows = (community("1", fact("Cameras"), fact("64 gb", 64.0, "GB")), community("2", fact("Tea")))
    assert labels(*rows) == ["Cameras · 64 GB", "Tea"]


def test_equal_labels_are_told_apart_by_a_product_of_each() -> None:
    rows = [community(n, fact("Tea"), title=f"Tea no {n}") for n in "12"]
    assert labels(*rows) == ["Tea · Tea no 1", "Tea · Tea no 2"]


def test_a_community_without_facts_is_labelled_by_a_product_and_a_nameless_fact_by_its_key() -> (
    None
):
    rows = (community("1", title="Green tea"), community("2"), community("3", fact(None)))
    assert labels(*rows) == ["Green tea", "product:s:2", "value:x=None"]


def test_its_filter_names_a_product_and_there_is_no_facet_without_communities() -> None:
    [facet] = facets(community("1", fact("Tea")))
    [one] = facet.values
    assert (facet.name, one.count, one.filter.communities) == ("community", 3, ["product:s:1"])
    posted: Any = one.input
    assert posted == {"communities": ["product:s:1"]}
    assert facets() == []
