"""py2neo classes made from the ontology, for notebooks.

py2neo's object-graph mapper gives each node as an object: its properties are attributes, and each
relation leads to the objects at its other end. The classes follow the ontology, so they cannot
fall behind it.
"""

from typing import TYPE_CHECKING, Any

from catalograph.errors import MissingExtraError
from catalograph.schema import ONTOLOGY
from catalograph.settings import Settings
from catalograph.store.connection.connect import resolve_address

if TYPE_CHECKING:
    import py2neo


def py2neo_graph(settings: Settings) -> "py2neo.Graph":
    """Log py2neo in to the server the settings name.

    Raises:
        MissingExtraError: the extra `analyst` is not installed.
        StoreUnavailableError: no server is configured and the managed one is not up.
    """
    try:
        import py2neo
    except ImportError as exc:
        raise MissingExtraError("analyst", "py2neo") from exc
    address = resolve_address(settings)
    return py2neo.Graph(
        address.uri,
        auth=(address.user, address.password),
        name=address.tuning.database,
    )


def ogm_classes() -> dict[str, type[Any]]:
    """Make a py2neo class for each node type, by label.

    A relation is an attribute of the class it starts from, in small letters, and one with the
    ending `_from` of the class it leads to: `product.has_brand`, `brand.has_brand_from`. What is
    at the other end is an object of the class of its own label.

    Raises:
        MissingExtraError: the extra `analyst` is not installed.
    """
    try:
        from py2neo import ogm
    except ImportError as exc:
        raise MissingExtraError("analyst", "py2neo") from exc
    classes: dict[str, type[Any]] = {}

    class AnyNode(ogm.Model):  # type: ignore[misc]  # py2neo carries no types
        """What a relation leads to: py2neo asks for one class, a relation may have several."""

        @classmethod
        def wrap(cls, node: Any) -> Any:
            return next(c for label, c in classes.items() if node.has_label(label)).wrap(node)

    for node in ONTOLOGY.nodes:
        attributes: dict[str, Any] = {name: ogm.Property(name) for name in node.by_name}
        for relation in ONTOLOGY.relations:
            name = relation.name.lower()
            if any(head == node.label for head, _ in relation.patterns):
                attributes[name] = ogm.RelatedTo(AnyNode, relation.name)
            if any(tail == node.label for _, tail in relation.patterns):
                attributes[f"{name}_from"] = ogm.RelatedFrom(AnyNode, relation.name)
        attributes |= {
            "__doc__": node.doc,
            "__module__": __name__,
            "__primarylabel__": node.label,
            "__primarykey__": "key",
        }
        classes[node.label] = type(ogm.Model)(node.label, (ogm.Model,), attributes)
    return classes
