"""Write texts about a product: several variants, each verified and checked, the best one marked."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from catalograph.assistant.content.briefs import Brief
from catalograph.assistant.content.citable_facts import (
    OPINION,
    PRICE,
    SALE,
    STOCK,
    CitableFact,
    citable_facts,
)
from catalograph.assistant.content.model_wording import ask_wording, join_sentences
from catalograph.assistant.content.preference import learn_preference
from catalograph.assistant.content.rules import find_rule_hits
from catalograph.assistant.content.templates import word_facts
from catalograph.assistant.content.toxicity import ToxicityModel, is_toxic
from catalograph.assistant.verifier import (
    CitedSentence,
    CitedSource,
    WordingFault,
    plain_words,
    verify,
)
from catalograph.errors import InvalidInputError, LanguageModelError, NotFoundError
from catalograph.ingest.review.texts import text_question
from catalograph.schema.generated_content import GENERATED, Tone
from catalograph.schema.protocols import WordingModel
from catalograph.store import Connection
from catalograph.store.ledger.contents import ContentRow, write_contents
from catalograph.store.queries.contents import (
    JudgedText,
    ProductFacts,
    Records,
    StatedFact,
    StatedOpinion,
    read_judgements,
    read_product_facts,
)
from catalograph.store.queries.review_queue import put_items

TEMPLATE = "template"
MAX_VARIANTS = 5
FEATURES = 12
_MOST_RECORDS = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ContentDraft:
    """A text that passed all checks.

    Attributes:
        brief: what it was asked to be.
        variant: place among the variants, from 0.
        sentences: its sentences with the ids of their facts.
        facts: the facts that it cites.
        text: the whole text.
        generator: `template`, or the name of the language model that worded it.
        refused: what was wrong with a model's wording, so that the template's went out; nothing
            where no model was asked.
        dropped: what was wrong with sentences of the template, which were left out.
        features: what a preference is learned from.
    """

    brief: Brief
    variant: int
    sentences: tuple[CitedSentence, ...]
    facts: tuple[CitableFact, ...]
    text: str
    generator: str
    refused: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    features: tuple[float, ...] = ()

    @property
    def cited_keys(self) -> tuple[str, ...]:
        """Keys of the facts that it cites, sorted."""
        return tuple(sorted(one.key for one in self.facts))

    def keys_of(self, sentence: CitedSentence) -> list[str]:
        """Return the keys of the facts that a sentence cites: of assertions where there are any."""
        cited = [one for id_ in sentence.citations for one in self.facts if one.id == id_]
        return [_stored_key(one) for one in cited]


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text in the graph.

    Attributes:
        key: key of its node.
        draft: the text.
        best: whether it is the best of the variants.
        score: learned probability that it is accepted; None where nothing was learned.
        sources: keys of the records that it rests on.
    """

    key: str
    draft: ContentDraft
    best: bool
    score: float | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ContentWriter:
    """Words texts from facts.

    Attributes:
        model: language model; None words by templates alone.
        toxicity: trained model of abuse; None checks by word lists alone.
    """

    model: WordingModel | None = None
    toxicity: ToxicityModel | None = None

    async def draft(
        self, product: ProductFacts, brief: Brief, variants: int = 1
    ) -> list[ContentDraft]:
        """Return variants of a text, each other than those before it.

        Args:
            product: product with its facts.
            brief: what is asked for.
            variants: how many at most, 1 to 5; there are fewer where the facts allow no more.

        Raises:
            InvalidInputError: the number is out of range, or nothing of the product may be said.
        """
        if not 1 <= variants <= MAX_VARIANTS:
            raise InvalidInputError(f"Ask for 1 to {MAX_VARIANTS} variants, not {variants}.")
        facts, _ = citable_facts(product, brief.language)
        drafts: list[ContentDraft] = []
        for number in range(MAX_VARIANTS):
            if len(drafts) == variants:
                break
            one = await self._draft(product.key, facts, brief, number, len(drafts))
            if one is not None and one.text not in [draft.text for draft in drafts]:
                drafts.append(one)
        if not drafts:
            raise InvalidInputError(
                f"Nothing that the graph says of '{product.key[:80]}' may stand in a text: it has "
                "no usable title, brand, category or value."
            )
        return drafts

    async def _draft(
        self,
        product: str,
        facts: Sequence[CitableFact],
        brief: Brief,
        number: int,
        place: int,
    ) -> ContentDraft | None:
        refused: tuple[str, ...] = ()
        if self.model is not None:
            try:
                sentences = await ask_wording(self.model, facts, brief, number, product)
            except LanguageModelError as exc:
                _log.warning("no wording by the language model", extra={"reason": str(exc)})
                refused = ("unavailable",)
            else:
                faults = self.check(sentences, facts)
                refused = tuple(describe for _, describe in faults)
                if not faults:
                    return _finish(brief, place, sentences, facts, self.model.name)
        sentences = word_facts(facts, brief, number)
        faults = self.check(sentences, facts)
        wrong = {at for at, _ in faults}
        kept = [one for at, one in enumerate(sentences) if at not in wrong]
        if not kept:
            return None
        dropped = tuple(describe for _, describe in faults)
        return _finish(brief, place, kept, facts, TEMPLATE, refused, dropped)

    def check(
        self, sentences: Sequence[CitedSentence], facts: Sequence[CitableFact]
    ) -> list[tuple[int, str]]:
        """Return what is wrong with sentences: the place of each fault, and its description."""
        sources = sources_of(facts)
        faults = [
            (fault.sentence, describe_fault(fault))
            for fault in verify(sentences, sources, plain_words())
        ]
        brands = [one.value.en for one in facts if one.kind == "brand"]
        for place, sentence in enumerate(sentences):
            hits = find_rule_hits(sentence.text, brands)
            faults += [(place, f"{hit.rule}: {hit.text}") for hit in hits]
            if self.toxicity is not None and is_toxic(sentence.text, self.toxicity):
                faults.append((place, "toxicity"))
        return faults


def sources_of(facts: Iterable[CitableFact]) -> dict[str, CitedSource]:
    """Return facts as sources of citations, by id."""
    return {one.id: one.source() for one in facts}


def describe_fault(fault: WordingFault) -> str:
    """Return a fault in words."""
    return f"{fault.kind}: {fault.text}"


async def write_texts(
    connection: Connection, writer: ContentWriter, product: str, brief: Brief, variants: int = 1
) -> list[WrittenText]:
    """Word variants of a text and store them, the best one first.

    Raises:
        NotFoundError: there is no such product on sale.
        InvalidInputError: nothing of it may be said.
    """
    found = read_for_text(connection, product)
    if found is None:
        raise NotFoundError(f"There is no product '{product[:80]}' on sale.")
    facts, judgements = found
    drafts = await writer.draft(facts, brief, variants)
    return store_drafts(connection, facts, drafts, judgements)


def read_for_text(
    connection: Connection, product: str
) -> tuple[ProductFacts, list[JudgedText]] | None:
    """Read the facts of a product, and the judgements of texts; None if it is not on sale."""
    facts = read_product_facts(connection, product)
    return None if facts is None else (facts, read_judgements(connection))


def store_drafts(
    connection: Connection,
    product: ProductFacts,
    drafts: Sequence[ContentDraft],
    judgements: Sequence[JudgedText],
) -> list[WrittenText]:
    """Write variants of one text into the graph in place of earlier ones, the best one first.

    Args:
        connection: connection to the graph.
        product: product with the facts that the texts were worded from.
        drafts: at least one, all of one brief.
        judgements: judgements to learn a preference from.

    Returns:
        The texts written; one whose sources changed meanwhile is not.
    """
    kind = str(drafts[0].brief.kind)
    preference = learn_preference(judgements, kind, FEATURES)
    scores = [None if preference is None else preference.score(one.features) for one in drafts]
    best = max(range(len(drafts)), key=lambda n: (scores[n] or 0.0, -n))
    rows = [_row(product, draft, best=n == best) for n, draft in enumerate(drafts)]
    written = write_contents(connection, rows)
    category = next((one.name for one in product.facts if one.relation == "IN_CATEGORY"), None)
    put_items(
        connection,
        [
            text_question({"key": row.key, **row.properties}, category)
            for row in rows
            if row.key in written
        ],
    )
    texts = [
        WrittenText(row.key, draft, n == best, score, tuple(key for key, _ in row.sources))
        for n, (row, draft, score) in enumerate(zip(rows, drafts, scores, strict=True))
        if row.key in written
    ]
    return sorted(texts, key=lambda text: (not text.best, text.draft.variant))


def _finish(
    brief: Brief,
    place: int,
    sentences: Sequence[CitedSentence],
    facts: Sequence[CitableFact],
    generator: str,
    refused: tuple[str, ...] = (),
    dropped: tuple[str, ...] = (),
) -> ContentDraft:
    cited = {id_ for sentence in sentences for id_ in sentence.citations}
    used = tuple(one for one in facts if one.id in cited)
    text = join_sentences(sentences, brief)
    features = _features(sentences, used, brief, text, generator)
    return ContentDraft(
        brief, place, tuple(sentences), used, text, generator, refused, dropped, features
    )


def _features(
    sentences: Sequence[CitedSentence],
    facts: Sequence[CitableFact],
    brief: Brief,
    text: str,
    generator: str,
) -> tuple[float, ...]:
    kinds = [one.kind for one in facts]
    first = sentences[0].citations[:1]
    opening = next((one.kind for one in facts if (one.id,) == first), "")
    return (
        float(len(sentences)),
        float(len(facts)),
        len(text) / 100,
        len(text) / 100 / len(sentences),
        float(PRICE in kinds or SALE in kinds),
        float(OPINION in kinds),
        float(STOCK in kinds),
        float(opening == "name"),
        float(sum(any(c.isdigit() for c in one.value.en) for one in facts)),
        float(brief.tone == Tone.FRIENDLY),
        float(brief.tone == Tone.FORMAL),
        float(generator != TEMPLATE),
    )


def _row(product: ProductFacts, draft: ContentDraft, *, best: bool) -> ContentRow:
    brief = draft.brief
    rows = [one.row for one in draft.facts]
    facts = [row for row in rows if isinstance(row, StatedFact)]
    opinions = [row for row in rows if isinstance(row, StatedOpinion)]
    records = _records(product, draft)
    identity = (product.key, brief.kind, brief.language, brief.audience, brief.tone, draft.variant)
    digest = hashlib.blake2b(repr(identity).encode(), digest_size=16).hexdigest()
    sentences = [{"text": one.text, "cites": draft.keys_of(one)} for one in draft.sentences]
    properties = {
        "product": product.key,
        "kind": str(brief.kind),
        "language": brief.language,
        "audience": brief.audience,
        "tone": str(brief.tone),
        "variant": draft.variant,
        "text": draft.text,
        "sentences": orjson.dumps(sentences).decode(),
        "origin": GENERATED,
        "generator": draft.generator,
        "refused": len(draft.refused),
        "best": best,
        "features": list(draft.features),
        "created": datetime.now(UTC),
        "facts": [f"{row.relation}\t{row.key}\t{row.name}" for row in facts],
        "opinions": [f"{row.key}\t{row.praised}\t{row.total}" for row in opinions],
        "described": len(product.records),
        "records": len(records),
    }
    asserted = tuple(row.assertion for row in facts if row.assertion is not None)
    return ContentRow(f"content:{digest}", properties, records, asserted)


def _records(product: ProductFacts, draft: ContentDraft) -> Records:
    """Return the records that a text rests on: those of the product, its facts and opinions."""
    found = dict(product.records)
    for one in draft.facts:
        # What many reviews say is guarded by their number; not each has an edge.
        found |= dict(one.records[:_MOST_RECORDS])
    return tuple(sorted(found.items()))


def _stored_key(fact: CitableFact) -> str:
    asserted = fact.row.assertion if isinstance(fact.row, StatedFact) else None
    return asserted or fact.key
