"""MappingProposal of a catalogue's mapping."""

import re
from collections.abc import Mapping
from typing import Any

from catalograph.errors import MappingProposalError
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.mapping_inference.attribute_columns import propose_attributes
from catalograph.ingest.mapping_inference.catalog_ids import choose_id, is_parent
from catalograph.ingest.mapping_inference.category_columns import order_levels, read_category_form
from catalograph.ingest.mapping_inference.category_lists import read_nested_categories
from catalograph.ingest.mapping_inference.choices import ColumnFamily
from catalograph.ingest.mapping_inference.commerce_fields import set_images, set_sku, set_stock
from catalograph.ingest.mapping_inference.field_scores import (
    TESTS,
    is_constant,
    is_flag,
    percent,
)
from catalograph.ingest.mapping_inference.fields import (
    KNOWN_NAME,
    ColumnMatcher,
    FieldCandidate,
    numbered_siblings,
)
from catalograph.ingest.mapping_inference.names import match_name, read_name
from catalograph.ingest.mapping_inference.price_columns import (
    choose_prices,
    find_unit_column,
    price_column,
    share_lower,
    warn_of_currency,
)
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft
from catalograph.ingest.mapping_inference.record_ids import RowReader
from catalograph.ingest.mapping_inference.time_columns import set_time
from catalograph.log import shorten

_FIELDS = (
    "title", "brand", "category", "description", "price", "sale_price", "-regular_price",
    "availability", "gtins", "mpn", "group", "url", "image_url", "released", "popularity",
    "also_bought", "also_viewed", "bought_together", "-stock",
)  # fmt: skip
_PLAIN = (
    "availability", "mpn", "group", "url", "image_url", "popularity", "also_bought", "also_viewed",
    "bought_together",
)  # fmt: skip
_BRAND_IN_TITLE = 0.6
_VAGUE_CATEGORIES = frozenset(
    [
        "type",
        "family",
        "division",
        "class",
        "section",
        "collection",
        "segment",
        "label",
        "group",
        "gamme",
        "typ",
        "tipo",
        "类型",
    ]
)
_SUB = re.compile("^(?:sub|sous|unter|sotto|pod|под|サブ|子|小|二级|三级)|[二三四]级")
"""Beginning of names of lower levels."""


class CatalogProposer:
    """Puts together the mapping of a catalogue.

    Args:
        profile: profile of the file.
        matcher: its columns; of a family of columns only the one that stands for it.
        families: families of columns, by that column.
        read: reads the rows again.
    """

    def __init__(
        self,
        profile: FeedProfile,
        matcher: ColumnMatcher,
        families: Mapping[str, ColumnFamily],
        read: RowReader,
    ) -> None:
        self._profile = profile
        self._matcher = matcher
        self._families = families
        self._read = read
        self.draft = MappingDraft()

    def propose(self, source: str) -> CatalogMapping:
        """Return the mapping; the draft has its comments and warnings.

        Raises:
            MappingProposalError: there is no id, or no title.
        """
        draft = self.draft
        draft.set("source", source, "name of the feed, the same for its reviews and events")
        chosen = choose_id(self._matcher, self._profile, self._read)
        columns = list(chosen.columns)
        sample = " / ".join(self._example(column) for column in columns)
        draft.set("id", columns[0] if len(columns) == 1 else columns, chosen.why, sample)
        if chosen.others:
            self.draft.warnings.append(
                f"'{columns[0]}' is taken as the id, but {', '.join(map(repr, chosen.others))} "
                "identifies the rows too. If reviews and events name products by another one, "
                "correct 'id'."
            )
        alone = set(columns) if len(columns) == 1 else set()
        draft.columns |= alone
        shared = {c for c in alone if self._matcher.best_name(c) in ("gtins", "url")}
        found = self._matcher.assign(_FIELDS, alone - shared)
        self._set_title(found, alone)
        self._set_descriptions(found)
        self._set_brand(found)
        self._set_categories(found)
        self._set_prices(found)
        for field in _PLAIN:
            self._set_plain(field, found)
        set_stock(found, self.draft, self._column)
        set_sku(self._matcher, self.draft, self._column)
        set_images(self._matcher, self._profile, self.draft, self._column)
        self._set_gtins(found)
        self._set_group(found, columns)
        if (released := found.get("released")) is not None and released.name is not None:
            set_time("released", released, draft, self._column(released.column.name))
        draft.columns |= set(columns)
        propose_attributes(self._profile, self._matcher, self._families, draft)
        draft.finish()
        return CatalogMapping.model_validate(draft.fields)

    def _example(self, column: str) -> str:
        return self._profile.columns[column].example() if column in self._profile.columns else ""

    def _column(self, column: str) -> str:
        """Return a column as the mapping names it: of a family the pattern."""
        self.draft.columns.add(column)
        family = self._families.get(column)
        if family is None:
            return column
        family.note(self.draft)
        return family.pattern

    def _set_title(self, found: Mapping[str, FieldCandidate], taken: set[str]) -> None:
        title = found.get("title")
        if title is None:
            titles = [c for c in self._matcher.candidates("title", taken) if c.fit.alone or c.name]
            title = titles[0] if titles else self._title_of_descriptions(found)
        if title is None:
            raise MappingProposalError(self._no_title())
        column = title.column
        self.draft.set("title", self._column(column.name), title.why, column.example())
        blank = column.rows - column.filled
        if blank:
            self.draft.warnings.append(
                f"{blank:,} of {column.rows:,} rows have no title ({column.name}) "
                "and will be rejected."
            )

    def _title_of_descriptions(self, found: Mapping[str, FieldCandidate]) -> FieldCandidate | None:
        """Return the column of descriptions if its texts are as short and distinct as titles."""
        text = found.get("description")
        if text is None or text.column.distinct_share < 0.8 or text.column.mean_words > 12:
            return None
        fit = TESTS["catalog"]["title"](text.column)
        return None if fit is None else FieldCandidate("title", text.column, 0.5, None, fit)

    def _no_title(self) -> str:
        found = []
        for column in list(self._profile.columns.values())[:30]:
            if not column.filled or column.share_of_kind("object", "objects") > 0.5:
                continue
            fit = TESTS["catalog"]["title"](column)
            what = fit.why if fit else "yes and no" if is_flag(column) else _what(column)
            found.append(f"'{column.name}' holds {what}, such as '{shorten(column.example(), 30)}'")
        return (
            f"No column looks like titles: {'; '.join(found[:8]) or 'there are no values'}. "
            "Write 'title: COLUMN' into a mapping, and give it with --mapping."
        )

    def _set_descriptions(self, found: Mapping[str, FieldCandidate]) -> None:
        first = found.get("description")
        if first is None or first.column.name in self.draft.columns:
            return
        candidates = [first]
        for candidate in self._matcher.candidates("description", self.draft.columns):
            column = candidate.column
            if column is first.column or candidate.score < 0.5:
                continue
            named = candidate.name is not None and candidate.name.score >= 0.9
            unknown = self._matcher.best_name(column.name) is None and column.mean_words > 3
            if named or unknown:
                candidates.append(candidate)
        names = [self._column(c.column.name) for c in candidates[:4]]
        why = first.why if len(names) == 1 else f"{first.why}; the others are further lines of it"
        value = names[0] if len(names) == 1 else names
        self.draft.set("description", value, why, first.column.example())

    def _set_brand(self, found: Mapping[str, FieldCandidate]) -> None:
        brand = found.get("brand")
        if brand is None:
            brand = self._brand_of_titles()
        if brand is not None:
            self.draft.set(
                "brand", self._column(brand.column.name), brand.why, brand.column.example()
            )

    def _brand_of_titles(self) -> FieldCandidate | None:
        """Return an unnamed column whose values begin the titles of most rows."""
        title = str(self.draft.fields["title"])
        for name, column in self._matcher.columns.items():
            if name in self.draft.columns or self._matcher.best_name(name) or column.distinct < 3:
                continue
            fit = TESTS["catalog"]["brand"](column)
            if fit is None or column.distinct_share > 0.7:
                continue
            pairs = list(self._profile.pairs(name, title))
            begins = sum(str(t).casefold().startswith(str(b).strip().casefold()) for b, t in pairs)
            if len(pairs) >= 5 and begins >= _BRAND_IN_TITLE * len(pairs):
                return FieldCandidate("brand", column, 0.6, None, fit)
        return None

    def _set_categories(self, found: Mapping[str, FieldCandidate]) -> None:
        if (nested := read_nested_categories(self._matcher, self._profile)) is not None:
            self.draft.columns.add(nested.column)
            self.draft.set("category", nested.part, nested.why, self._example(nested.column))
            self.draft.warnings += [nested.warning] if nested.warning else []
            return
        first = found.get("category")
        if first is None:
            return
        columns = [first.column]
        for candidate in self._matcher.candidates("category", self.draft.columns):
            column = candidate.column
            named = candidate.name is not None and candidate.name.score >= KNOWN_NAME
            if column is not first.column and named and candidate.score >= 0.5:
                columns.append(column)
        if any(not is_constant(c) for c in columns):
            columns = [c for c in columns if not is_constant(c)]
            first = self._matcher.candidate("category", columns[0].name) or first
        # Of a level that few rows have, the values say little; its number says enough.
        deeper = [n for c in columns for n in numbered_siblings(c.name, self._matcher.columns)]
        have = {c.name for c in columns}
        columns += [self._matcher.columns[n] for n in dict.fromkeys(deeper) if n not in have]
        forms = {c.name: read_category_form(c, self._profile) for c in columns}
        paths = [
            c
            for c in columns
            if (forms[c.name].split and forms[c.name].form == "path")
            or c.share_of_kind("list") > 0.5
        ]
        if paths or len(columns) == 1:
            self._set_category_paths((paths or columns)[0], columns, first)
            return
        if forms[first.column.name].form == "tags":
            self._set_category_paths(first.column, [first.column], first)
            return
        levels = self._levels([c for c in columns if forms[c.name].form == "path"])
        part: dict[str, Any] = {"columns": [self._column(name) for name in levels]}
        form = forms[levels[0]]
        if len(levels) == 1:
            part |= _form_fields(form)
        why = (
            first.why
            if len(levels) == 1
            else "levels of one path: each name stands below one name of the column before"
        )
        self.draft.set("category", part, why, " > ".join(self._example(name) for name in levels))

    def _levels(self, columns: list[ColumnProfile]) -> list[str]:
        """Return the levels of the path: numbered columns in their order, else by their values."""
        numbers = {c.name: read_name(c.name).number for c in columns}
        numbered = [c for c in columns if numbers[c.name] is not None]
        if len(numbered) >= 2 or (numbered and len(columns) == 2):
            rest = [c for c in columns if numbers[c.name] is None]
            ordered = sorted(numbered, key=lambda c: numbers[c.name] or 0)
            roots = order_levels([*rest, ordered[0]], self._profile)[:-1] if rest else []
            return [*(r for r in roots if r != ordered[0].name), *(c.name for c in ordered)]
        lower = [c for c in columns if _SUB.search(read_name(c.name).plain)]
        upper = [c for c in columns if c not in lower]
        # Names such as "other" stand below several parents, so the column's name decides.
        return [*order_levels(upper, self._profile), *order_levels(lower, self._profile)]

    def _set_category_paths(
        self, path: ColumnProfile, columns: list[ColumnProfile], first: FieldCandidate
    ) -> None:
        form = read_category_form(path, self._profile)
        own = self._matcher.candidate("category", path.name) or first
        part: dict[str, Any] = {"columns": self._column(path.name)} | _form_fields(form)
        others = [
            c
            for c in columns
            if c is not path and path.blank_share > 0 and self._may_replace(c, path)
        ]
        if others:
            part["otherwise"] = self._column(others[0].name)
        why = f"{own.why}; {form.why}" if form.why else own.why
        value = part if len(part) > 1 else part["columns"]
        self.draft.set("category", value, why, path.example())

    def _may_replace(self, other: ColumnProfile, path: ColumnProfile) -> bool:
        """Return whether a column says the category where the path is blank.

        A column named `type` or `family` may say something else, unless its values are among the
        names of the paths.
        """
        if other.share_of_kind("list") > 0.5:
            return False
        match = match_name("catalog", other.name).get("category")
        if match is not None and match.word not in _VAGUE_CATEGORIES:
            return True
        names = {
            part.strip().casefold()
            for text in path.counts or ()
            for part in re.split(r"[>|/,]", text)
        }
        return sum(text.casefold() in names for text in other.counts or ()) > 0.3 * other.distinct

    def _set_prices(self, found: Mapping[str, FieldCandidate]) -> None:
        choice = choose_prices(found, self._profile)
        for name, why in choice.unused.items():
            self.draft.warnings.append(f"The price column '{name}' is not mapped: {why}.")
        currency = None
        for field, column in choice.columns.items():
            part, said = price_column(column, self._column(column.name), self._matcher)
            if isinstance(part, dict) and "currency_column" in part:
                self.draft.columns.add(part["currency_column"])
            if (unit := find_unit_column(column.name, self._matcher)) is not None:
                self.draft.columns.add(unit)
            currency = currency or said
            if field == "sale_price":
                self._warn_of_higher(column, choice.columns["price"])
            self.draft.set(field, part, choice.why[field], column.example())
        price = choice.columns.get("price")
        if price is not None and currency:
            self.draft.set("currency", currency, "the name of a price column names it")
        elif price is not None:
            self._warn_of_currency(price)

    def _warn_of_higher(self, sale: ColumnProfile, price: ColumnProfile) -> None:
        share, example = share_lower(self._profile, sale.name, price.name)
        if share < 1:
            self.draft.warnings.append(
                f"'{sale.name}' is above '{price.name}' in {percent(1 - share)} of the rows "
                f"with both{example}."
            )

    def _warn_of_currency(self, price: ColumnProfile) -> None:
        part = self.draft.fields["price"]
        if isinstance(part, dict) and "currency_column" in part:
            return
        if "{currency}" in str(part if isinstance(part, str) else part["column"]):
            return
        codes = {code: n for code, n in price.currencies.items() if code}
        bare = price.filled - sum(codes.values())
        if bare and len(codes) == 1:
            ((usual, number),) = codes.items()
            self.draft.set("currency", usual, f"the currency of the other {number:,} prices")
        elif warning := warn_of_currency(price):
            self.draft.warnings.append(warning)

    def _set_plain(self, field: str, found: Mapping[str, FieldCandidate]) -> None:
        candidate = found.get(field)
        if candidate is None or (field == "group" and candidate.name is None):
            return
        name = candidate.column.name
        if field == "image_url":  # of numbered ones the first is the main picture
            name = (numbered_siblings(name, self._matcher.columns) or [name])[0]
        self.draft.set(field, self._column(name), candidate.why, candidate.column.example())

    def _set_gtins(self, found: Mapping[str, FieldCandidate]) -> None:
        first = found.get("gtins")
        if first is None:
            return
        columns = [first]
        for candidate in self._matcher.candidates(
            "gtins", self.draft.columns - {first.column.name}
        ):
            named = candidate.name is not None and candidate.name.score >= KNOWN_NAME
            if candidate.column is not first.column and named and len(columns) < 4:
                columns.append(candidate)
        names = [self._column(c.column.name) for c in columns]
        self.draft.set(
            "gtins", names[0] if len(names) == 1 else names, first.why, first.column.example()
        )

    def _set_group(self, found: Mapping[str, FieldCandidate], ids: list[str]) -> None:
        """Use a column named like an id, whose values several rows share, as the variant group."""
        if "group" in self.draft.fields:
            return
        key = self.draft.fields.get("inherit", {}).get("key")
        if key is not None and key not in ids:
            self.draft.set(
                "group", self._column(key), "rows that share it are variants", self._example(key)
            )
            return
        if len(ids) > 1:
            return
        for column in self._matcher.columns.values():
            if column.name in self.draft.columns or column.name.count(".") != ids[0].count("."):
                continue
            if not is_parent(self._matcher, column, self._profile.rows):
                continue
            counted = f"{column.distinct:,} distinct in {column.rows:,} rows"
            why = f"named like an id, but shared: {counted}"
            self.draft.set("group", self._column(column.name), why, column.example())
            return


def _form_fields(form: Any) -> dict[str, str]:
    fields = {"split": form.split, "paths": form.paths}
    part = {name: value for name, value in fields.items() if value}
    return part | ({"form": form.form} if form.form != "path" else {})


def _what(column: ColumnProfile) -> str:
    if column.distinct == 1 and column.filled > 1:
        return "one value in all rows"
    if column.numeric_share > 0.5:
        return "numbers"
    return f"{percent(column.distinct_share)} distinct values"
