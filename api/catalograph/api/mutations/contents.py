"""Generated texts by mutation: written from facts of the graph, and judged."""

import asyncio
from dataclasses import replace
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.events import check_product
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.types.content import GeneratedText
from catalograph.assistant.content import MAX_VARIANTS, Brief, read_for_text, store_drafts
from catalograph.errors import ConflictError, InvalidInputError, NotFoundError
from catalograph.schema.generated_content import ContentKind, Tone
from catalograph.schema.keys import LABEL_PREFIX
from catalograph.store.ledger.contents import judge_content


@strawberry.input(description="A text to write.")
class WriteContentInput:
    """Input of `writeContent`."""

    product_key: str = strawberry.field(description="The product, one that is on sale.")
    kind: ContentKind = strawberry.field(description="What it is for.")
    language: str = strawberry.field(default="en", description="`en` or `zh`.")
    audience: str = strawberry.field(
        default="",
        description="For whom, in at most 200 characters. It decides which facts come first; words "
        "of gender, age and origin decide nothing.",
    )
    tone: Tone = strawberry.field(default=Tone.PLAIN, description="How it speaks.")
    variants: int = strawberry.field(default=1, description="How many variants at most, 1 to 5.")
    use_model: bool = strawberry.field(
        default=False,
        description="Whether the language model of the server words it. What it says that no cited "
        "fact says does not go out: then the template's text does.",
    )


@strawberry.type(description="Texts that are in the graph, the best one first.")
class WrittenContent:
    """Outcome of writing."""

    texts: list[GeneratedText] = strawberry.field(description="The variants.")
    withheld: list[str] = strawberry.field(
        description="What was wrong with wordings of the language model that did not go out."
    )


WriteContentResult = Annotated[
    WrittenContent | InvalidInput | NotFound | Conflict,
    strawberry.union("WriteContentResult", description="Texts that were written, or why not."),
]


@strawberry.input(description="What a person says of a generated text.")
class JudgeContentInput:
    """Input of `judgeContent`."""

    key: str = strawberry.field(description="The text, `content:<hash>`.")
    accepted: bool = strawberry.field(
        description="Whether it is good. Later variants like accepted ones count as the best."
    )


@strawberry.type(description="A judgement that is in the graph.")
class JudgedContent:
    """Outcome of a judgement."""

    key: str = strawberry.field(description="Key of the text.")
    accepted: bool = strawberry.field(description="Whether it is good.")


JudgeContentResult = Annotated[
    JudgedContent | InvalidInput | NotFound | Conflict,
    strawberry.union("JudgeContentResult", description="A judgement that was kept, or why not."),
]


async def write_content(context: Context, given: WriteContentInput) -> WrittenContent:
    """Write texts into the graph.

    Raises:
        InvalidInputError: the brief is out of range, or nothing of the product may be said.
        NotFoundError: there is no such product on sale.
        ConflictError: the product changed while the text was written.
    """
    services = context.services
    with prefix_errors("input"):
        product = check_product(given.product_key)
        brief = Brief(given.kind, given.language, given.audience, given.tone)
        if not 1 <= given.variants <= MAX_VARIANTS:
            with prefix_errors("variants"):
                raise InvalidInputError(f"'variants' is {given.variants}; expected 1 to 5.")
        writer = services.content
        if given.use_model and services.wording is None:
            with prefix_errors("useModel"):
                raise InvalidInputError("This server has no language model.")
        if given.use_model:
            writer = replace(writer, model=services.wording)
        # In threads: readers and writers of these are not asynchronous.
        async with context.connection.guard():
            found = await asyncio.to_thread(read_for_text, services.blocking, product)
        if found is None:
            with prefix_errors("productKey"):
                raise NotFoundError(f"There is no product '{product[:80]}' on sale.")
        facts, judgements = found
        drafts = await writer.draft(facts, brief, given.variants)
        async with context.connection.guard():
            texts = await asyncio.to_thread(
                store_drafts, services.blocking, facts, drafts, judgements
            )
        if not texts:
            raise ConflictError("The product changed while the text was written. Send it again.")
    withheld = [fault for text in texts for fault in text.draft.refused]
    return WrittenContent(texts=[GeneratedText.of(text) for text in texts], withheld=withheld)


async def judge_a_content(context: Context, given: JudgeContentInput) -> JudgedContent:
    """Keep a judgement.

    Raises:
        InvalidInputError: the key is not that of a text.
        NotFoundError: there is no such text.
    """
    with prefix_errors("input", "key"):
        if not given.key.startswith(f"{LABEL_PREFIX['Content']}:"):
            raise InvalidInputError(f"'{given.key[:80]}' is no key of a text, `content:<hash>`.")
        async with context.connection.guard():
            await asyncio.to_thread(
                judge_content, context.services.blocking, given.key, accepted=given.accepted
            )
    return JudgedContent(key=given.key, accepted=given.accepted)
