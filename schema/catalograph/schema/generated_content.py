"""Texts that the shop generates from facts of the graph; they are no source of facts."""

from enum import StrEnum

from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType, RelationType

GENERATED = "GENERATED"
"""Origin of what the shop words itself; it never supports an assertion."""
MAX_CONTENT = 20_000


class ContentKind(StrEnum):
    """What a text is for."""

    TITLE = "title"
    BULLETS = "bullets"
    DESCRIPTION = "description"
    ADVERTISEMENT = "advertisement"
    EMAIL = "email"


class Tone(StrEnum):
    """How a text speaks."""

    PLAIN = "plain"
    FRIENDLY = "friendly"
    FORMAL = "formal"


def _text(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING, doc, **limits)  # type: ignore[arg-type]


def _whole(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.INTEGER, doc, required=True, minimum=0)


_KIND = _text("kind", "What it is for.", required=True, choices=frozenset(ContentKind))
_LANGUAGE = _text("language", "Language: a tag of BCP 47.", required=True, max_length=35)

CONTENT_NODES = (
    NodeType(
        "Content",
        "A text about a product, generated from facts. It is no evidence of any fact, and is "
        "removed when one of its sources changes or goes.",
        "`content:<hash of product, kind, language, audience, tone and variant>`",
        (
            _text("product", "Key of the product.", required=True, max_length=2_000),
            _KIND,
            _LANGUAGE,
            _text("audience", "For whom, as asked for.", max_length=200),
            _text("tone", "How it speaks.", required=True, choices=frozenset(Tone)),
            _whole("variant", "Place among the variants, from 0."),
            _text("text", "The text.", required=True, max_length=MAX_CONTENT),
            _text(
                "sentences",
                "Its sentences as JSON: text, and keys of the facts that each cites.",
                required=True,
                max_length=10 * MAX_CONTENT,
            ),
            _text("origin", "How it came to be.", required=True, choices=frozenset({GENERATED})),
            _text("generator", "`template`, or the name of a language model.", required=True),
            _whole("refused", "Faults for which a language model's wording was not taken."),
            PropertySpec("best", PropertyType.BOOLEAN, "Whether it is the best of the variants."),
            PropertySpec(
                "features", PropertyType.FLOAT_LIST, "What a preference is learned from.",
                required=True,
            ),
            PropertySpec("accepted", PropertyType.BOOLEAN, "What a person said of it, if any did."),
            PropertySpec("created", PropertyType.DATETIME, "When it was written.", required=True),
            PropertySpec(
                "facts", PropertyType.STRING_LIST,
                "The facts it rests on: relation, key and name of the tail; tabs between them.",
            ),
            PropertySpec(
                "opinions", PropertyType.STRING_LIST,
                "Key of an aspect, reviews that praise it, reviews that mention it; tabs between.",
            ),
            _whole("described", "Records that described the product."),
            _whole("records", "Records that it rests on."),
        ),
    ),
    NodeType(
        "ContentJudgement",
        "What a person said of a generated text; it outlives the text and does not contain it.",
        "`content-judgement:<hash of the text's key and words>`",
        (
            _KIND,
            _LANGUAGE,
            PropertySpec("accepted", PropertyType.BOOLEAN, "Whether it was good.", required=True),
            PropertySpec(
                "features", PropertyType.FLOAT_LIST, "Of the text, as `Content.features`.",
                required=True,
            ),
            PropertySpec("time", PropertyType.DATETIME, "When.", required=True),
        ),
    ),
)  # fmt: skip
"""Generated texts, and judgements of them."""

CONTENT_RELATIONS = (
    RelationType(
        "RESTS_ON",
        "Was worded from; the text is removed when it changes.",
        (("Content", "Source"), ("Content", "Assertion"), ("Content", "Review")),
        (_text("content_hash", "Of the record, when the text was written."),),
    ),
    RelationType("WRITTEN_FOR", "Is a text about.", (("Content", "Product"),)),
)
"""Relations of generated texts."""
