from hypothesis import given
from hypothesis import strategies as st

from catalograph.schema import Node, brand, category, definitions, keys, value
from catalograph.schema.triples import node_of, spelling, surface_form

NAMES = st.text(min_size=1, max_size=30).filter(lambda t: 0 < len(keys.normalise(t)) <= 200)
NODES = st.one_of(
    st.builds(brand, NAMES),
    st.builds(category, st.lists(NAMES, min_size=1, max_size=3)),
    st.builds(lambda a, n, x: value(a, n, number=x, unit="cm"), NAMES, NAMES, st.floats(-9, 9)),
    st.builds(value, NAMES, NAMES),
)


@given(NODES)
def test_a_node_follows_from_its_key_and_what_a_record_said(node: Node) -> None:
    again = node_of(node.key, surface_form(node))
    present = {name: said for name, said in again.properties.items() if said is not None}
    assert (again.label, again.key, present) == (node.label, node.key, dict(node.properties))


@given(NODES)
def test_parents_are_those_that_the_definition_names(node: Node) -> None:
    parents, _ = definitions(node)
    assert keys.parents_of(node.key) == [parent.key for parent in parents]


def test_a_category_in_its_best_spelling_names_its_parents_in_theirs() -> None:
    loud, plain = category(["PHOTO", "Bags"]), category(["Photo", "Bags"])
    assert spelling(plain) < spelling(loud)
    assert spelling(definitions(plain)[0][0]) < spelling(definitions(loud)[0][0])


def test_a_value_with_its_number_comes_first() -> None:
    assert spelling(value("size", "5 cm", number=5.0)) < spelling(value("size", "5 cm"))
