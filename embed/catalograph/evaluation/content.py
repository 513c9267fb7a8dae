"""Evaluation of generated texts: unsupported claims, swapped audiences, and hits of rules."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.assistant.content import (
    Brief,
    CitableFact,
    ContentDraft,
    ContentWriter,
    citable_facts,
    find_rule_hits,
    swap_audience,
)
from catalograph.assistant.verifier import plain_words
from catalograph.errors import EvaluationDataError, InvalidInputError
from catalograph.evaluation.planted_faults import plant_faults
from catalograph.ingest import find_mapping, ingest_catalog, propose_for_file
from catalograph.ingest.dry_run import DryRunWriter
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import SourceRecord, Triple
from catalograph.schema.generated_content import ContentKind
from catalograph.settings import Settings
from catalograph.store.queries.contents import ProductFacts, StatedFact

AUDIENCES = {
    "en": (
        "women over 60 who travel",
        "young Turkish engineers",
        "mothers on a budget",
        "rural photographers aged 20 to 30",
    ),
    "zh": ("经常出差的中国男士", "注重性价比的年轻妈妈", "60岁以上的新手", "东北的摄影发烧友"),
}
"""Audiences of the measure: each names a gender, an age or an origin, most also an interest."""
GROUPS = ("gender", "age", "origin")
_RELATIONS = frozenset(
    {"HAS_BRAND", "IN_CATEGORY", "HAS_VALUE", "COMPATIBLE_WITH", "PART_OF", "USED_FOR"}
)
_MOST_OTHERS = 1_000
_MOST_PRODUCTS = 1_000_000
_DIGIT_WORD = re.compile(r"\S*\d\S*")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")

Progress = Callable[[str], None]


@dataclass
class _Counts:
    """Counts over the texts of one language."""

    texts: int = 0
    words_of_rules: int = 0
    unsupported: int = 0
    asked: int = 0
    refused: int = 0
    faults_before: int = 0
    dropped: int = 0
    swaps: int = 0
    changed: int = 0
    withheld: int = 0
    unwritable: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)


def evaluate_content(
    catalog: Path,
    settings: Settings,
    writer: ContentWriter,
    *,
    mapping: str | None = None,
    limit: int = 200,
    audiences: Sequence[str] = (),
    languages: Sequence[str] = ("en", "zh"),
    kinds: Sequence[ContentKind] = tuple(ContentKind),
    seed: int = 0,
    progress: Progress = lambda line: None,
) -> list[BenchmarkRow]:
    """Write texts about products of a catalogue for audiences, and count what they must not have.

    No graph is needed: the facts are those that the catalogue's records would bring into one.

    Args:
        catalog: file of any format that ingest reads.
        settings: settings with the limits of feeds.
        writer: writes the texts, with or without a language model.
        mapping: name or file of the mapping; None proposes one.
        limit: number of products, drawn at random.
        audiences: audiences in words; none for four of each language.
        languages: languages of the texts.
        kinds: kinds of text.
        seed: seed of the draw.
        progress: callback that receives a line after each language.

    Returns:
        A row a language. Counts: `unsupported_before` (faults in wordings of the model, or in
        sentences of templates, that did not go out), `unsupported_after` (words with digits, and
        other words, in what went out that no cited fact and no template has; counted without the
        verifier), `rule_hits`, `swaps_changed`. Shares: `refused_share` of the wordings asked for,
        `swap_share` of the texts that differ after a swap, and `caught_…` of the faults planted
        into texts, by kind, that the checks find.

    Raises:
        EvaluationDataError: the catalogue has no product with a title.
    """
    products = read_catalogue_facts(catalog, settings, mapping, limit, seed)
    rows = []
    for language in languages:
        chosen = audiences or AUDIENCES[language]
        briefs = [Brief(kind, language, audience) for kind in kinds for audience in chosen]
        with Profiler() as watch:
            counts = asyncio.run(_measure(writer, products, briefs, seed))
        model = "template" if writer.model is None else writer.model.name
        told: dict[str, Any] = {
            "products": len(products),
            "audiences": len(chosen),
            "kinds": len(kinds),
        }
        told |= {"texts": counts.texts, "faults": dict(counts.kinds.most_common(6))}
        rows.append(watch.row(f"{model}, {language}", _metrics(counts), counts.texts, told))
        progress(f"{language}: {counts.texts:,} texts")
    return rows


def read_catalogue_facts(
    catalog: Path, settings: Settings, mapping: str | None, limit: int, seed: int
) -> list[ProductFacts]:
    """Return the facts of products of a catalogue, drawn at random, as a graph would have them.

    Raises:
        EvaluationDataError: there is no product with a title.
    """
    chosen = None if mapping is None else find_mapping(mapping)
    if chosen is None:
        chosen = propose_for_file(catalog, "catalog").mapping
    kept = DryRunWriter(_MOST_PRODUCTS)
    ingest_catalog([catalog], kept, settings, chosen, dry_run=True)
    records = [
        one for one in kept.records if isinstance(one, SourceRecord) and _title_of(one) is not None
    ]
    if not records:
        raise EvaluationDataError(f"{catalog} has no product with a title; expected one.")
    order = np.random.default_rng(seed).permutation(len(records))[:limit]
    return [_facts_of(records[int(n)]) for n in sorted(order)]


def _title_of(record: SourceRecord) -> Any:
    return record.nodes[0].properties.get("title") if record.nodes else None


def _facts_of(record: SourceRecord) -> ProductFacts:
    node = record.nodes[0]
    facts = [_row_of(one) for one in record.triples if one.relation in _RELATIONS]
    unique = {(one.relation, one.key): one for one in facts}
    return ProductFacts(
        node.key,
        node.properties,
        ((record.key, record.content_hash),),
        tuple(unique[pair] for pair in sorted(unique)),
    )


def _row_of(triple: Triple) -> StatedFact:
    tail = triple.tail
    said = tail.properties
    name = str(said.get("name") or said.get("title") or said.get("id"))
    return StatedFact(triple.relation, tail.key, name, said.get("attribute"))


async def _measure(
    writer: ContentWriter, products: Sequence[ProductFacts], briefs: Sequence[Brief], seed: int
) -> _Counts:
    counts = _Counts()
    draw = random.Random(seed)  # noqa: S311 - choices of a measure
    of_others: list[CitableFact] = []
    for product in products:
        facts, withheld = citable_facts(product, briefs[0].language)
        counts.withheld += withheld
        for brief in briefs:
            draft = await _draft(writer, product, brief)
            if draft is None:
                counts.unwritable += 1
                continue
            _count(draft, facts, counts, asked=writer.model is not None)
            await _swap(writer, product, draft, counts)
            for fault in plant_faults(draft, of_others, draw):
                counts.planted[fault.kind] += 1
                counts.caught[fault.kind] += bool(writer.check(fault.sentences, facts))
        of_others = [*of_others, *facts][-_MOST_OTHERS:]
    return counts


async def _draft(writer: ContentWriter, product: ProductFacts, brief: Brief) -> ContentDraft | None:
    try:
        [draft] = await writer.draft(product, brief)
    except InvalidInputError:
        return None
    return draft


def _count(
    draft: ContentDraft, facts: Sequence[CitableFact], counts: _Counts, *, asked: bool
) -> None:
    counts.texts += 1
    counts.asked += asked
    counts.refused += bool(draft.refused)
    faults = (*draft.refused, *draft.dropped)
    counts.faults_before += len(faults)
    counts.dropped += len(draft.dropped)
    counts.kinds.update(fault.partition(":")[0] for fault in faults)
    counts.unsupported += len(find_unsupported(draft))
    brands = [one.value.en for one in facts if one.kind == "brand"]
    counts.words_of_rules += sum(1 for _ in find_rule_hits(draft.text, brands))


def find_unsupported(draft: ContentDraft) -> list[str]:
    """Return words of a text that stand neither in a cited fact nor in the vocabulary.

    It knows nothing of the verifier's numbers and citations by sentence: it takes the texts of all
    cited facts away and looks at what is left.
    """
    left = draft.text
    said = {
        text
        for one in draft.facts
        for wording in (one.value, one.label)
        for text in (wording.en, wording.zh, wording.en.rstrip(" .。"), wording.zh.rstrip(" .。"))
    }
    for text in sorted(said, key=len, reverse=True):
        for form in (text, text[:1].upper() + text[1:]):
            left = left.replace(form, " ")
    words = [match[0] for match in _DIGIT_WORD.finditer(left)]
    vocabulary = plain_words()
    words += [m[0] for m in _LATIN_WORD.finditer(left) if m[0].casefold() not in vocabulary]
    if draft.generator != "template":
        # A model may reorder the words of a fact, and write its numbers in other forms.
        stated = " ".join(said).casefold()
        words = [word for word in words if word.casefold().strip(".,;:") not in stated]
    return words


async def _swap(
    writer: ContentWriter, product: ProductFacts, draft: ContentDraft, counts: _Counts
) -> None:
    """Write the text again for the audience with each group swapped, and compare."""
    for group in GROUPS:
        swapped = swap_audience(draft.brief.audience, group)
        if swapped == draft.brief.audience:
            continue
        other = await _draft(writer, product, replace(draft.brief, audience=swapped))
        counts.swaps += 1
        counts.changed += (
            other is None
            or other.cited_keys != draft.cited_keys
            or other.text != draft.text
            or other.brief.tone != draft.brief.tone
        )


def _metrics(counts: _Counts) -> dict[str, float]:
    return {
        "unsupported_before": float(counts.faults_before),
        "unsupported_after": float(counts.unsupported),
        "rule_hits": float(counts.words_of_rules),
        "swaps": float(counts.swaps),
        "swaps_changed": float(counts.changed),
        "sentences_dropped": float(counts.dropped),
        "facts_withheld": float(counts.withheld),
        "not_written": float(counts.unwritable),
        "swap_share": counts.changed / counts.swaps if counts.swaps else 0.0,
        **{
            f"caught_{kind}": counts.caught[kind] / counts.planted[kind]
            for kind in sorted(counts.planted)
        },
        "refused_share": counts.refused / counts.asked if counts.asked else 0.0,
    }
