"""Texts about products, generated from facts of the graph."""

from collections.abc import Mapping
from typing import Any

import orjson
import strawberry

from catalograph.assistant.content import ContentDraft, WrittenText
from catalograph.schema.generated_content import ContentKind, Tone
from catalograph.store.queries.contents import KeptContent

strawberry.enum(ContentKind, description="What a generated text is for.")
strawberry.enum(Tone, description="How a generated text speaks.")


@strawberry.type(description="A sentence of a generated text.")
class GeneratedSentence:
    """A sentence with its citations."""

    text: str = strawberry.field(description="Its words.")
    cites: list[str] = strawberry.field(
        description="Facts it states: keys of assertions and of aspects, or `name`, `price`, "
        "`sale`, `stock` for properties of the product."
    )


@strawberry.type(description="A text about a product, generated from facts of the graph.")
class GeneratedText:
    """A generated text."""

    key: str = strawberry.field(description="Its key, `content:<hash>`.")
    kind: ContentKind = strawberry.field(description="What it is for.")
    language: str = strawberry.field(description="`en` or `zh`.")
    audience: str = strawberry.field(description="For whom, as asked for; blank for everybody.")
    tone: Tone = strawberry.field(description="How it speaks.")
    variant: int = strawberry.field(description="Place among the variants, from 0.")
    best: bool = strawberry.field(
        description="Whether it is the best of the variants, by what people accepted and rejected; "
        "the first one while too little was."
    )
    text: str = strawberry.field(description="The whole text, in plain text.")
    sentences: list[GeneratedSentence] = strawberry.field(description="Its sentences.")
    generator: str = strawberry.field(
        description="`template`, or the language model that worded it."
    )
    sources: list[str] = strawberry.field(
        description="Keys of the records that it rests on; when one changes, it is withdrawn."
    )

    @classmethod
    def of(cls, written: WrittenText) -> "GeneratedText":
        """Wrap a text that was just written."""
        draft = written.draft
        return cls(
            key=written.key,
            kind=draft.brief.kind,
            language=draft.brief.language,
            audience=draft.brief.audience,
            tone=draft.brief.tone,
            variant=draft.variant,
            best=written.best,
            text=draft.text,
            sentences=_sentences(draft),
            generator=draft.generator,
            sources=list(written.sources),
        )

    @classmethod
    def of_kept(cls, kept: KeptContent) -> "GeneratedText":
        """Wrap a text of the graph."""
        said: Mapping[str, Any] = kept.properties
        return cls(
            key=said["key"],
            kind=ContentKind(said["kind"]),
            language=said["language"],
            audience=said["audience"],
            tone=Tone(said["tone"]),
            variant=said["variant"],
            best=said["best"],
            text=said["text"],
            sentences=[GeneratedSentence(**one) for one in orjson.loads(said["sentences"])],
            generator=said["generator"],
            sources=list(kept.sources),
        )


def _sentences(draft: ContentDraft) -> list[GeneratedSentence]:
    return [GeneratedSentence(text=one.text, cites=draft.keys_of(one)) for one in draft.sentences]
