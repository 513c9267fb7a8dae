"""Documents meant to bring a GraphQL server down, and the error that refuses each."""


def nested_fragments(levels: int, leaf: str = "{ __typename }") -> str:
    """Return fragments that each spread the next one twice: 2**levels fields in a kilobyte."""
    inner = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {inner} fragment F{levels} on Query {leaf}"


def chain(levels: int) -> str:
    """Return fields within fields, by fragments that are spread once each."""
    inner = " ".join(
        f"fragment F{n} on __Type {{ ofType {{ ...F{n + 1} }} }}" for n in range(levels)
    )
    start = '{ __type(name: "Product") { ...F0 } }'
    return f"{start} {inner} fragment F{levels} on __Type {{ name }}"


_PAIRS = "key title " * 200

BOMBS: dict[str, tuple[str, str]] = {
    "nested fragments, 22 levels": (nested_fragments(22), "fields"),
    "nested fragments, 30 levels": (nested_fragments(30), "fields"),
    "nested fragments, 60 levels": (nested_fragments(60), "fields"),
    "nested fragments, nothing in the last": (nested_fragments(60, "{ }"), "spreads"),
    "nested fragments, the last unknown": (
        nested_fragments(60).rsplit(" fragment ", 1)[0],
        "Unknown fragment",
    ),
    "nested fragments, not used": ("{ __typename }" + nested_fragments(60)[9:], "never used"),
    "101 aliases of the root": (
        "{" + " ".join(f"a{n}: __typename" for n in range(101)) + "}",
        "root",
    ),
    "101 aliases below": (
        "{ products(first: 1) { nodes {" + " ".join(f"a{n}: key" for n in range(101)) + "} } }",
        "aliases",
    ),
    "directives": ("{ __typename " + "@include(if: true) " * 100 + "}", "directives"),
    "unknown directives": ("{ __typename " + "@aa" * 400 + "}", "directives"),
    "a fragment in itself": ("{ ...A } fragment A on Query { ...A }", "spreads itself"),
    "a circle of fragments": (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } "
        "fragment C on Query { ... { ...A } }",
        "spreads itself",
    ),
    "introspection in circles": (
        "{ __schema { types {" + "fields { type {" * 3 + "name" + "} }" * 3 + "} } }",
        "lists within lists",
    ),
    "the same field 500 times": ("{" + "__typename " * 500 + "}", "root"),
    "the same fields, compared in pairs": (
        "{ products(first: 1) { nodes {" + _PAIRS + "} } }",
        "repeats the same fields",
    ),
    "a document of 60,000 characters": ("{ __typename }" + "," * 60_000, "characters"),
    "5,000 tokens": ("{ __typename " + "a: __typename " * 1_667 + "}", "tokens"),
    "fields within fields, 150 levels": (
        '{ __type(name: "a") {' + "ofType {" * 150 + "name" + "}" * 152,
        "levels of fields",
    ),
    "fields within fields, 320 levels": ("{" + "a {" * 320 + "b" + "}" * 321, "nested too deeply"),
    "fields within fields by fragments": (chain(60), "levels of fields"),
    "900 unknown fields": (
        "{ products(first: 1) { nodes {" + " ".join(f"prodct{n}" for n in range(900)) + "} } }",
        "Cannot query field",
    ),
    "200 operations": (" ".join(f"query Q{n} {{ __typename }}" for n in range(200)), "operations"),
}

ADVISORIES: dict[str, tuple[str, str]] = {
    # strawberry: the depth limiter recursed for ever on circular fragments.
    "CVE-2026-47706": (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "spreads",
    ),
    # strawberry: aliases inside fragments were not counted.
    "CVE-2026-47707": (
        "{ ...A ...A ...A } fragment A on Query { products(first: 1) { nodes {"
        + " ".join(f"a{n}: key" for n in range(20))
        + "} } }",
        "aliases",
    ),
    # graphql-armor: a fragment first found at a shallow place was not checked again at a deep one.
    "GHSA-224p": (
        "{ ...A ...Deep } fragment A on Query { __typename ...Leaf } fragment Leaf on Query { "
        '__type(name: "a") {' + "ofType {" * 12 + "name" + "}" * 12 + "} } "
        'fragment Deep on Query { __type(name: "a") { ofType { ofType { ofType { ...T } } } } } '
        "fragment T on __Type {" + "ofType {" * 12 + "name" + "}" * 13,
        "levels of fields",
    ),
    # graphql-armor: an operation of the name __schema was taken for introspection and let through.
    "GHSA-hmfr": (
        'query __schema { __type(name: "a") {' + "ofType {" * 20 + "name" + "}" * 22,
        "levels of fields",
    ),
    # ariadne 1332: the cost validator walked nested fragments without a memo.
    "ariadne-1332": (nested_fragments(28), "fields"),
    # graphql-core and graphql-js: validation compares fields of one name in pairs.
    "overlapping-fields": (
        "{ products(first: 1) { nodes {" + "key " * 900 + "} } }",
        "repeats the same fields",
    ),
}
"""Documents by the name of the advisory; those of web sockets are tested with the server."""
