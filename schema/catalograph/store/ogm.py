"""py2neo classes generated from the ontology, for notebooks.

py2neo's object-graph mapper (OGM) represents each node as an object with its properties as
attributes; each relation gives the objects at its other end. The classes are generated, so they
always match the ontology.
"""

from typing import TYPE_CHECKING, Any

from catalograph.errors import MissingExtraError
from catalograph.schema import ONTOLOGY
from catalograph.settings import Settings
from catalograph.store.connection.address import resolve_address

if TYPE_CHECKING:
    import py2neo


def py2neo_graph(settings: Settings) -> "py2neo.Graph":
    """Connect py2neo to the server of the settings.

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
    """Generate a py2neo class for each node type, by label.

    A relation becomes an attribute, in lower case, of the class of its heads, and an attribute with
    the suffix `_from` of the class of its tails: `product.has_brand`, `brand.has_brand_from`. Each
    object at the other end has the class of its own label.

    Raises:
        MissingExtraError: the extra `analyst` is not installed.
    """
    try:
        from py2neo import ogm
    except ImportError as exc:
        raise MissingExtraError("analyst", "py2neo") from exc
    classes: dict[str, type[Any]] = {}

    class AnyNode(ogm.Model):  # type: ignore[misc]  # py2neo carries no types
        """Target of any relation: py2neo wants one class, but a relation may lead to several."""

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
