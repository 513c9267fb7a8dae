"""Draws of products, names and wordings by a seed, from which questions are made."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from catalograph.assistant.query_understanding.tokens import fold_tokens
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.query_templates import MONEY
from catalograph.evaluation.query_understanding import QueryCatalogue
from catalograph.evaluation.questions.rows import QuestionRow
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.store.queries.vocabulary import SampleRow

UNANSWERABLE = 0.3
"""Share of questions whose answer is withheld."""
PACKAGE = "catalograph.evaluation.questions"
"""Package of the tables."""
Planter = Callable[[str, bool], QuestionRow | None]
"""Function that makes a question in a language, with or without an answer; None without luck."""
_TRIES = 400
_TITLE_TOKENS = 3, 30
_REVIEWS = 4


@dataclass
class QuestionSet:
    """Questions with what has to be in the graph beside the catalogue.

    Attributes:
        rows: questions.
        documents: documents as rows with `id`, `title`, `text`, `language` and `kind`.
        reviews: reviews as rows.
        orders: orders in the form that `ingest orders` reads.
    """

    rows: list[QuestionRow] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)


class QuestionDraws:
    """Draws from a catalogue by a seed, with the facts that no question withholds.

    Args:
        catalogue: products with their facts.
        templates: name of a set of wordings.
        seed: seed of the draws.
        exact: whether each kind needs its share; else it has fewer where the facts end.
    """

    unanswerable = UNANSWERABLE

    def __init__(
        self, catalogue: QueryCatalogue, templates: str, seed: int, *, exact: bool = True
    ) -> None:
        self._exact = exact
        self.draw = np.random.default_rng(seed)
        self.templates: Mapping[str, Mapping[str, list[str]]] = load_packaged_table(
            PACKAGE, "templates"
        )[templates]
        self.templates_name = templates
        self.catalogue = catalogue
        self.set = QuestionSet()
        titles = Counter(row.title.casefold() for row in catalogue.products)
        low, high = _TITLE_TOKENS
        self.usable = [
            n
            for n, row in enumerate(catalogue.products)
            if titles[row.title.casefold()] == 1 and low <= len(fold_tokens(row.title)) <= high
        ]
        self.row_of = {row.key: n for n, row in enumerate(catalogue.products)}
        self.facts = [set(facts) for facts in catalogue.facts]
        self.prices = [row.price for row in catalogue.products]
        self.frozen: set[int] = set()
        self.named = self._keys_by_name()
        self.currency = (
            Counter(
                row.currency or "" for row in catalogue.products if row.price is not None
            ).most_common(1)[0][0]
            if any(p is not None for p in self.prices)
            else ""
        )

    def _keys_by_name(self) -> dict[tuple[str, tuple[str, ...]], list[str]]:
        found: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for name in self.catalogue.names:
            found[name.kind, fold_tokens(name.name)].append(name.key)
        return found

    def kinds(self) -> Mapping[str, Planter]:
        """Return the function that makes a question of each kind."""
        raise NotImplementedError

    def make(self, count: int, languages: Sequence[str]) -> QuestionSet:
        """Make questions of all kinds.

        Args:
            count: number of questions in each language.
            languages: `en` and `zh`.

        Raises:
            EvaluationDataError: the products have too few facts for some kind.
        """
        kinds = self.kinds()
        # What is withheld is chosen first, so that no right answer counts on it.
        for answerable in (False, True):
            share = 1 - self.unanswerable if answerable else self.unanswerable
            for language in languages:
                wanted = _shares(round(count * share), list(kinds))
                for kind, number in wanted.items():
                    self._make_kind(kind, kinds[kind], language, number, answerable=answerable)
        return self.set

    def _make_kind(
        self,
        kind: str,
        plant: Planter,
        language: str,
        number: int,
        *,
        answerable: bool,
    ) -> None:
        known = {row.question for row in self.set.rows}
        made = 0
        for _ in range(number * _TRIES):
            if made == number:
                return
            row = plant(language, answerable)
            if row is None or row.question in known:
                continue
            known.add(row.question)
            self.set.rows.append(replace(row, kind=kind, answerable=answerable))
            made += 1
        if made < number and self._exact:
            raise EvaluationDataError(
                f"Only {made} of {number} questions of the kind '{kind}' could be made in "
                f"'{language}': the catalogue has too few facts for them. Ask for fewer."
            )

    # -- draws

    def _pick(self, listed: Sequence[Any]) -> Any:
        return listed[int(self.draw.integers(len(listed)))]

    def _word(self, wording: str, language: str, **slots: str) -> str:
        text = self._pick(self.templates[wording][language]).format(**slots)
        return " ".join(text.split())

    def _product(self) -> int:
        return int(self._pick(self.usable))

    def _title(self, row: int) -> str:
        return self.catalogue.products[row].title

    def _sample(self, row: int) -> SampleRow:
        return self.catalogue.products[row]

    def _keys(self, row: int, kind: str) -> list[str]:
        return sorted(key for key in self.catalogue.products[row].facts if key.startswith(kind))

    def _name(self, key: str) -> str:
        found = self.catalogue.name_of.get(key)
        return found.name if found else ""

    def _withhold(self, row: int, *facts: str) -> list[str]:
        for fact in facts:
            self.facts[row].discard(fact)
            if fact == "price":
                self.prices[row] = None
        self.frozen.add(row)
        return [f"{self._sample(row).key}\t{fact}" for fact in facts]

    def _rows_in(self, kind: str, name: str) -> set[int]:
        """Return the products with any node of a name, as a question cannot tell them apart."""
        keys = self.named[kind, fold_tokens(name)]
        return {n for n, facts in enumerate(self.facts) if any(key in facts for key in keys)}

    def _nodes(self, kind: str, name: str) -> list[str]:
        """Return the keys of all nodes of a name."""
        return sorted(self.named[kind, fold_tokens(name)])

    def _sayable(self, key: str) -> bool:
        name = self._name(key)
        tokens = fold_tokens(name)
        return 1 <= len(tokens) <= 5 and not all(token.isdigit() for token in tokens)

    def _category_of(self, row: int) -> str | None:
        keys = [key for key in sorted(self.facts[row]) if key.startswith("category:")]
        keys = [key for key in keys if self._sayable(key)]
        return self._name(self._pick(keys)) if keys else None

    def _brand_of(self, row: int) -> str | None:
        keys = [key for key in sorted(self.facts[row]) if key.startswith("brand:")]
        keys = [key for key in keys if self._sayable(key)]
        return self._name(self._pick(keys)) if keys else None

    def _money(self, language: str) -> str:
        return MONEY[language].get(self.currency, self.currency)

    def _plant_reviews(self, row: int, language: str) -> str:
        """Add reviews that blame one aspect of a product; return its name."""
        table = load_packaged_table(PACKAGE, "opinions")["opinions"]
        order = self.draw.permutation(len(table))
        blamed, praised = table[int(order[0])][language], table[int(order[1])][language]
        for n in range(_REVIEWS):
            self.set.reviews.append(
                {
                    "review_id": f"r{len(self.set.reviews)}",
                    "user_id": f"reviewer{n}",
                    "product_id": self._sample(row).key.split(":", 2)[2],
                    "rating": 3,
                    "text": f"{praised[1]} {blamed[2]}",
                    "time": f"2026-0{n + 1}-01T00:00:00Z",
                }
            )
        return str(blamed[0])


def _shares(count: int, kinds: Sequence[str]) -> dict[str, int]:
    """Return equal shares of a number of questions; the first kinds have one more."""
    return {kind: count // len(kinds) + (n < count % len(kinds)) for n, kind in enumerate(kinds)}
