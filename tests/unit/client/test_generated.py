"""The generated client fits the SDL: its documents, models and inputs.

That it is what the generator writes, byte for byte, `make test-clients` tells.
"""

import enum
import importlib
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLScalarType,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_named_type,
    is_abstract_type,
    is_required_input_field,
    parse,
    print_ast,
    type_from_ast,
    validate,
)
from pydantic import BaseModel

from catalograph.client.generated import documents, enums, input_types

API = Path(__file__).parents[3] / "api"
SCHEMA = build_schema((API / "schema.graphql").read_text())
SOURCE = "\n".join(p.read_text() for p in sorted((API / "clients" / "documents").glob("*.graphql")))
OPERATIONS = {
    node.name.value: node
    for node in parse(SOURCE).definitions
    if isinstance(node, OperationDefinitionNode) and node.name
}
SCALARS: dict[str, Any] = {
    "ID": "an id",
    "String": "a text",
    "Int": 3,
    "Float": 2.5,
    "Boolean": True,
    "DateTime": "2026-01-31T12:00:00Z",
    "JSON": {"brand": "brand:acme"},
}


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def sent(operation: str) -> str:
    text: str = getattr(documents, f"{snake(operation).upper()}_GQL")
    return text


def model(operation: str) -> type[BaseModel]:
    module = importlib.import_module(f"catalograph.client.generated.{snake(operation)}")
    found: type[BaseModel] = getattr(module, operation)
    return found


def sample(type_: Any, null: bool = False) -> Any:
    """A value of a type; with `null`, null wherever it may be. A list has each possible type."""
    if isinstance(type_, GraphQLNonNull):
        return sample(type_.of_type)
    if null:
        return None
    named = get_named_type(type_)
    if isinstance(type_, GraphQLList):
        kinds = SCHEMA.get_possible_types(named) if is_abstract_type(named) else ()
        return [{"__typename": kind.name} for kind in kinds] or [sample(type_.of_type)]
    if isinstance(type_, GraphQLInputObjectType):
        needed = {n: f for n, f in type_.fields.items() if is_required_input_field(f)}
        return {name: sample(field.type) for name, field in needed.items()}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return SCALARS[type_.name] if isinstance(type_, GraphQLScalarType) else {}


def answer(operation: str, kind: str, null: bool) -> dict[str, Any]:
    """What a server could answer; `kind` is the type of the root field's value."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
        at_root = info.path.prev is None
        if at_root and is_abstract_type(get_named_type(info.return_type)):
            return {"__typename": kind}
        return sample(info.return_type, null and not at_root)

    done = execute_sync(
        SCHEMA,
        parse(sent(operation)),
        field_resolver=resolve,
        variable_values={
            node.variable.name.value: sample(type_from_ast(SCHEMA, node.type))
            for node in OPERATIONS[operation].variable_definitions or ()
        },
    )
    assert done.errors is None
    assert done.data is not None
    return dict(done.data)


def kinds(operation: str) -> list[str]:
    """The types that the value of the root field may have."""
    node = OPERATIONS[operation]
    [field] = node.selection_set.selections
    assert isinstance(field, FieldNode)
    root = SCHEMA.get_root_type(node.operation)
    assert root
    type_ = get_named_type(root.fields[field.name.value].type)
    if is_abstract_type(type_):
        return [possible.name for possible in SCHEMA.get_possible_types(type_)]
    return [type_.name]


def test_the_documents_fit_the_schema() -> None:
    assert validate(SCHEMA, parse(SOURCE)) == []


def test_each_operation_is_in_the_client() -> None:
    names = {name for name in vars(documents) if name.endswith("_GQL")}
    assert names == {f"{snake(operation).upper()}_GQL" for operation in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_client_sends_the_document(operation: str) -> None:
    [node] = [n for n in parse(sent(operation)).definitions if "Operation" in type(n).__name__]
    texts = [print_ast(n).replace("    __typename\n", "") for n in (node, OPERATIONS[operation])]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("null", [False, True], ids=["full", "null"])
@pytest.mark.parametrize(("operation", "kind"), [(o, k) for o in OPERATIONS for k in kinds(o)])
def test_the_model_holds_all_of_an_answer(operation: str, kind: str, null: bool) -> None:
    data = answer(operation, kind, null)
    read = model(operation).model_validate(data)
    assert read.model_dump(mode="json", by_alias=True) == data


def test_a_model_refuses_what_the_schema_does_not_allow() -> None:
    data = answer("Recommendations", "RecommendationList", null=False)
    data["recommendations"]["items"][0]["score"] = None
    with pytest.raises(ValueError, match="valid number"):
        model("Recommendations").model_validate(data)


ENUMS = [v for v in vars(enums).values() if getattr(v, "__name__", "") in SCHEMA.type_map]
MODELS = [
    v
    for name, v in vars(input_types).items()
    if isinstance(SCHEMA.type_map.get(name), GraphQLInputObjectType)
]


@pytest.mark.parametrize("input_", MODELS, ids=lambda v: v.__name__)
def test_an_input_has_the_fields_of_the_schema(input_: type[BaseModel]) -> None:
    type_ = SCHEMA.type_map[input_.__name__]
    assert isinstance(type_, GraphQLInputObjectType)
    fields = {f.alias or name: f.is_required() for name, f in input_.model_fields.items()}
    assert fields == {name: is_required_input_field(f) for name, f in type_.fields.items()}


@pytest.mark.parametrize("enum_", ENUMS, ids=lambda v: v.__name__)
def test_an_enumeration_has_the_values_of_the_schema(enum_: type[enum.Enum]) -> None:
    type_ = SCHEMA.type_map[enum_.__name__]
    assert isinstance(type_, GraphQLEnumType)
    assert [member.value for member in enum_] == list(type_.values)
