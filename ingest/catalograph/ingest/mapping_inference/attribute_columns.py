"""Attributes: the columns of short repeated values, numbers with units, and keys with values."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalograph.ingest.mapping_inference.choices import ColumnFamily
from catalograph.ingest.mapping_inference.field_scores import (
    is_constant,
    is_flag,
    is_nested,
    is_prose,
)
from catalograph.ingest.mapping_inference.fields import KNOWN_NAME, ColumnMatcher
from catalograph.ingest.mapping_inference.forms import FLAG_WORDS, Form
from catalograph.ingest.mapping_inference.name_table import flatten
from catalograph.ingest.mapping_inference.names import (
    LANGUAGES,
    attribute_name,
    is_unit,
    match_name,
    read_name,
)
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft
from catalograph.ingest.normalise.units import read_quantity

_WORDS_AT_MOST = 5
_DISTINCT_AT_MOST = 0.5
_SMALL = 200
_FEW_ROWS = 25
"""Rows below which values need not repeat much."""
_LIST_SIGNS = ("/", "|", ",", ";", "、", "，")
_OUTSIDE_BRACKETS = r"\s*[,、]\s+(?![^()]*\))|、"
"""Commas that are not within brackets."""
_UNIT_WORDS = frozenset(
    {
        "unit",
        "units",
        "uom",
        "einheit",
        "unite",
        "unidad",
        "unita",
        "单位",
        "単位",
        "eenheid",
        "jednostka",
    }
)
_QUANTITIES = 100
"""Texts of a column that are read as quantities to see whether it holds such."""
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<n>\d+)(?P<after>.*)")
_NAME_WORDS = frozenset(
    {
        "name",
        "label",
        "title",
        "key",
        "名称",
        "名",
        "属性名",
        "nom",
        "nombre",
        "nome",
        "bezeichnung",
        "名前",
        "titel",
        "参数名",
        "項目名",
        "libelle",
        "merkmal",
        "attribut",
    }
)
_VALUE_WORDS = frozenset(
    {"value", "values", "wert", "werte", "valeur", "valor", "valore", "值", "属性值", "値"}
)
_KEYS = (
    "name", "key", "attribute_name", "attribute", "k", "label", "title", "property", "attrname",
    "code", "名称", "属性名", "nom", "nombre", "nome", "bezeichnung", "merkmal", "eigenschaft",
    "libelle", "libellé", "attribut", "caracteristique", "caractéristique", "caracteristica",
    "característica", "atributo", "attributo", "caratteristica",
    "名", "参数名", "规格名", "名前", "項目",
    "項目名", "属性",
)  # fmt: skip
_VALUES = (
    "value", "values", "attribute_value", "v", "val", "text", "attrvalue", "值", "属性值", "参数值",
    "wert", "valeur", "valor", "valore", "値", "内容", "value_name", "option",
)  # fmt: skip

_Part = tuple[dict[str, Any], str, str]
"""A part of the mapping, the reason of it, and a sample value."""


def propose_attributes(
    profile: FeedProfile,
    matcher: ColumnMatcher,
    families: Mapping[str, ColumnFamily],
    draft: MappingDraft,
) -> None:
    """Add the attributes and the cells of keys and values to a draft."""
    parts: list[_Part] = list(_numbered_pairs(profile, draft))
    rules: list[_Part] = []
    for column in list(profile.columns.values()):
        if column.name in draft.columns or not column.filled or _is_inside(column.name, draft):
            continue
        if _holds_pairs(column):
            _propose_pairs(column, profile, matcher, draft, parts, rules)
        elif column.name in matcher.columns:
            part = _attribute_part(column, profile, matcher, families, draft)
            parts += [] if part is None else [part]
    for name, found in (("key_values", rules), ("attributes", parts)):
        if found:
            draft.fields[name] = [part for part, _, _ in found]
        for n, (_, why, sample) in enumerate(found):
            draft.explain(f"{name}.{n}", why, sample)


def _holds_pairs(column: ColumnProfile) -> bool:
    """Return whether the cells are objects, lists or texts of keys and values."""
    nested = column.share_of_kind("object", "objects") > 0.5
    return nested or column.share(Form.OBJECT, Form.PAIRS, Form.LIST) > 0.7


def _attribute_part(
    column: ColumnProfile,
    profile: FeedProfile,
    matcher: ColumnMatcher,
    families: Mapping[str, ColumnFamily],
    draft: MappingDraft,
) -> _Part | None:
    found = _attribute(column, matcher)
    if found is None:
        return None
    part, why = found
    why += _add_unit(part, column, profile, draft)
    family = families.get(column.name)
    if family is not None:
        part["column"] = family.pattern
        family.note(draft)
    draft.columns.add(column.name)
    return part, why, column.example()


def _add_unit(
    part: dict[str, Any], column: ColumnProfile, profile: FeedProfile, draft: MappingDraft
) -> str:
    """Add the unit of numbers that stands in a column of its own; return the reason."""
    if "unit" in part or column.share(Form.NUMBER) < 0.9:
        return ""
    stem = "".join(read_name(column.name).words)
    for name, other in profile.columns.items():
        words = read_name(name).words
        if (
            not (_UNIT_WORDS & set(words))
            or "".join(w for w in words if w not in _UNIT_WORDS) != stem
        ):
            continue
        units = list(other.counts or ())
        if not units or not all(is_unit(unit) for unit in units):
            continue
        draft.columns.add(name)
        if len(units) == 1:
            part["unit"] = units[0]
        else:
            derived = f"{column.name} with unit"
            draft.fields.setdefault("derive", {})[derived] = f"{{{column.name}}} {{{name}}}"
            draft.explain("derive", "numbers with the unit that another column gives")
            part["column"] = derived
        return f"; '{name}' gives the unit"
    return ""


def _is_inside(path: str, draft: MappingDraft) -> bool:
    """Return whether a path leads into a list, or into an object whose names are attributes."""
    parts = path.split(".")
    if any(part.isdigit() for part in parts[1:]):
        return True
    return any(".".join(parts[:n]) in draft.columns for n in range(1, len(parts)))


def _attribute(column: ColumnProfile, matcher: ColumnMatcher) -> tuple[dict[str, Any], str] | None:
    """Return a column's part of the mapping and the reason; None if it is no attribute."""
    said = matcher.best_name(column.name)
    name = read_name(column.name)
    if _UNIT_WORDS & set(name.words):
        return None
    known = match_name("attributes", column.name)
    best = max((m.score for m in known.values()), default=0.0)
    rival = match_name(matcher.kind, column.name).get(said).score if said else 0.0  # type: ignore[union-attr]
    if said is not None and rival >= best:
        return None
    if is_constant(column) and not best and column.filled > 3 and not _is_word(column):
        return None
    attribute = attribute_name(column.name)
    part: dict[str, Any] = {"column": column.name, "attribute": attribute}
    if is_flag(column):
        return _flag_attribute(column, part) if not _is_about_shop(column.name) else None
    if column.share(Form.NUMBER) > 0.9:
        return _number_attribute(column, part, name.unit, known=best >= KNOWN_NAME)
    if (
        attribute == "ingredients"
        and column.separators[","] + column.separators["、"] > 0.5 * column.filled
    ):
        return part | {
            "split": _OUTSIDE_BRACKETS
        }, "a list of ingredients, with commas between them"
    if not _is_short(column, known=best >= KNOWN_NAME):
        return None
    split = _find_split(column)
    if split is not None:
        part["split"] = split
    why = f"{column.distinct:,} distinct short values"
    if best >= KNOWN_NAME and attribute != column.name.lower():
        why = f"the name means {attribute}; {why}"
    return part, why


def _flag_attribute(
    column: ColumnProfile, part: dict[str, Any]
) -> tuple[dict[str, Any], str] | None:
    words = {text for text in (column.counts or {}) if text.casefold() in FLAG_WORDS}
    if column.share_of_kind("flag") < 0.5 and words:
        said = {w: "yes" if FLAG_WORDS[w.casefold()] else "no" for w in sorted(words)}
        if any(word != value for word, value in said.items()):
            part["values"] = said
    return part, "yes and no"


_SHOP_WORDS = frozenset(
    [
        "is",
        "has",
        "can",
        "published",
        "featured",
        "active",
        "enabled",
        "visible",
        "visibility",
        "taxable",
        "tax",
        "status",
        "available",
        "stock",
        "eligible",
        "deleted",
        "hidden",
        "shipping",
        "feed",
        "sync",
        "online",
        "purchasable",
        "sellable",
        "searchable",
        "manage",
        "allow",
        "requires",
        "show",
        "new",
        "sale",
        "sold",
        "checkout",
        "search",
        "backorder",
        "backorders",
        "gift",
        "discountable",
        "returnable",
        "refundable",
        "preorder",
        "test",
        "draft",
        "archived",
    ]
)


def _is_about_shop(column: str) -> bool:
    """Return whether a yes-no column is about selling, not about the product."""
    return bool(_SHOP_WORDS & set(read_name(column).words))


_CODE_WORDS = frozenset(
    [
        "id",
        "ids",
        "no",
        "nr",
        "number",
        "code",
        "index",
        "count",
        "num",
        "position",
        "rank",
        "score",
        "编号",
        "序号",
    ]
)
"""Words of numbers that number things and measure nothing."""


def _number_attribute(
    column: ColumnProfile, part: dict[str, Any], unit: str | None, *, known: bool
) -> tuple[dict[str, Any], str] | None:
    if column.share(Form.EPOCH, Form.GTIN) > 0.5 or column.longest > 12:
        return None
    span = f"numbers from {column.least:g} to {column.greatest:g}"
    if unit is not None:
        return part | {"unit": unit}, f"{span}; the name gives the unit {unit}"
    words = set(read_name(column.name).words)
    if not known and (words & _CODE_WORDS or flatten(column.name).endswith("id")):
        return None
    repeats = column.distinct <= max(3, column.filled * _DISTINCT_AT_MOST)
    if known or (repeats and column.filled > 3):
        return part, span
    return None


def _is_short(column: ColumnProfile, *, known: bool) -> bool:
    """Return whether the values are short texts, which repeat or have a name that is known."""
    if (
        column.share(
            Form.URL,
            Form.IMAGE,
            Form.EMAIL,
            Form.UUID,
            Form.HTML,
            Form.MONEY,
            Form.DATE,
            Form.EPOCH,
            Form.GTIN,
        )
        > 0.1
    ):
        return False
    if column.share(Form.DAY_OR_MONTH) > 0.5 or is_prose(column):
        return False
    if column.share_of_kind("list") > 0.5:
        return column.mean_words <= 4 * _WORDS_AT_MOST and column.mean_characters < 150
    if column.mean_words > _WORDS_AT_MOST * (2 if known else 1) or column.mean_characters > 80:
        return False
    if _are_quantities(column):
        return True
    few = column.rows < _FEW_ROWS and (column.distinct < column.filled or column.filled <= 2)
    # Of a small shop many values occur once; words that are no codes may repeat less.
    few = few or (column.rows < _SMALL and _is_word(column) and column.distinct_share <= 0.8)
    return known or few or column.distinct <= max(2, column.filled * _DISTINCT_AT_MOST)


def _is_word(column: ColumnProfile) -> bool:
    """Return whether the values are one to three words, not codes or numbers."""
    coded = column.share(Form.CODE, Form.NUMBER, Form.UUID)
    return column.mean_words <= 3 and coded < 0.2 and column.share(Form.WORDS) > 0.9


def _are_quantities(column: ColumnProfile) -> bool:
    """Return whether most texts are numbers with a unit, such as `40 x 30 cm`."""
    texts = list(column.counts or column.samples)[:_QUANTITIES]
    read = sum(1 for text in texts if (q := read_quantity("size", text)) is not None and q.unit)
    return bool(texts) and read >= 0.7 * len(texts)


def _find_split(column: ColumnProfile) -> str | None:
    """Return the sign between several values of a cell, whose parts are values of other cells."""
    if column.counts is None or column.share_of_kind("list") > 0.5:
        return None
    texts = column.counts
    for sign in _LIST_SIGNS:
        having = [text for text in texts if sign in text]
        if not having or sum(texts[t] for t in having) < 0.02 * column.filled:
            continue
        parts = [part.strip() for text in having for part in text.split(sign)]
        if any(len(part.split()) > 4 or not part or part.isdigit() for part in parts):
            continue
        whole = {text.casefold() for text in texts}
        others = sum(part.casefold() in whole for part in parts)
        repeated = len({p.casefold() for p in parts}) <= 0.6 * len(parts)
        if others >= 0.5 * len(parts) or (repeated and sign in ",|;、，"):
            return rf"\s*{re.escape(sign)}\s*"
    return None


def _numbered_pairs(profile: FeedProfile, draft: MappingDraft) -> Iterable[_Part]:
    """Yield numbered columns of names and values, such as `Attribute 1 name`."""
    shapes: dict[tuple[str, str], list[str]] = {}
    for name in profile.columns:
        match = _NUMBERED.fullmatch(name)
        # The number of a path is a place in a list, whose elements are read as pairs.
        if match is not None and "." not in name and name not in draft.columns:
            shapes.setdefault((match["before"], match["after"]), []).append(name)
    for (before, after), names in list(shapes.items()):
        if not _NAME_WORDS & set(read_name(f"x{after}").words) and not _ends_with(
            f"{before}", _NAME_WORDS
        ):
            continue
        for (other_before, other_after), values_ in shapes.items():
            said = set(read_name(f"x{other_after}").words) & _VALUE_WORDS or _ends_with(
                other_before, _VALUE_WORDS
            )
            if said and _same_stem(before, other_before):
                # Others of the same beginning say of each pair whether it is shown, and the like.
                draft.columns.update(
                    n
                    for (stem, _), many in shapes.items()
                    if stem in (before, other_before)
                    for n in many
                )
                part: dict[str, Any] = {
                    "name_column": f"{before}{{n}}{after}",
                    "value_column": f"{other_before}{{n}}{other_after}",
                }  # fmt: skip
                first = profile.columns[values_[0]]
                if first.separators[","] > 0.1 * max(1, first.filled) or first.separators[
                    "|"
                ] > 0.1 * max(1, first.filled):
                    part["split"] = (
                        r"\s*,\s*"
                        if first.separators[","] >= first.separators["|"]
                        else r"\s*\|\s*"
                    )
                sample = f"{profile.columns[names[0]].example()} = {first.example()}"
                yield part, "numbered columns of names and values", sample
                break


def _ends_with(text: str, words: frozenset[str]) -> bool:
    found = read_name(text).words if text.strip() else ()
    return bool(found) and found[-1] in words


def _same_stem(one: str, other: str) -> bool:
    """Return whether two beginnings differ only by a word such as `name` or `value`."""
    stems = [
        tuple(w for w in read_name(t).words if w not in _NAME_WORDS | _VALUE_WORDS)
        if t.strip()
        else ()
        for t in (one, other)
    ]
    return stems[0] == stems[1]


def _propose_pairs(
    column: ColumnProfile,
    profile: FeedProfile,
    matcher: ColumnMatcher,
    draft: MappingDraft,
    parts: list[_Part],
    rules: list[_Part],
) -> None:
    """Add a cell of keys and values: an object, a list of names with values, or a text of them."""
    said = matcher.best_name(column.name)
    if said is not None and said.startswith("-"):
        return
    if any(name.startswith(f"{column.name}.0.") for name in draft.columns):
        return  # a list of pictures or the like, of which a field takes the first
    if column.share_of_kind("objects") > 0.5:
        found = _pair_keys(column)
        if found is not None:
            draft.columns.add(column.name)
            part = {"pairs": column.name, "name": found[0], "value": found[1]}
            parts.append((part, "a list of names and values", column.example()))
        return
    if column.share_of_kind("object") > 0.5:
        prefix = _prefix(column, profile, matcher, draft)
        if prefix is not None:
            parts.append((prefix, "an object with one attribute for each name", column.example()))
            draft.columns.add(column.name)
        return
    rule, why = _text_rule(column)
    if rule is None:
        return
    draft.columns.add(column.name)
    if "pairs" in rule:
        parts.append((rule, why, column.example()))
        return
    rules.append(({"column": column.name} | rule, why, column.example()))
    parts.append(({"prefix": f"{column.name}."}, f"the attributes in '{column.name}'", ""))


def _pair_keys(column: ColumnProfile) -> tuple[str, str] | None:
    keys = {key.casefold(): key for key in column.keys}
    name = next((keys[k] for k in _KEYS if k in keys), None)
    value = next((keys[k] for k in _VALUES if k in keys), None)
    return (name, value) if name and value and name != value else None


def _prefix(
    column: ColumnProfile, profile: FeedProfile, matcher: ColumnMatcher, draft: MappingDraft
) -> dict[str, Any] | None:
    """Return an object's part of the mapping, its names as the rules name attributes."""
    start = f"{column.name}."
    inside = [c for n, c in profile.columns.items() if n.startswith(start) and c.filled]
    used = {name for name in draft.columns if name.startswith(start)}
    values = [c for c in inside if "." not in c.name[len(start) :] and not is_nested(c)]
    good = [c for c in values if c.name not in used and not _is_noise(c, matcher)]
    if inside and len(good) <= 0.3 * len({c.name[len(start) :].split(".")[0] for c in inside}):
        return None  # an object that holds other things; its parts are looked at one by one
    rename, units, exclude = {}, {}, []
    for part in inside:
        rest = part.name[len(column.name) + 1 :]
        if _is_noise(part, matcher) or "." in rest or part.name in used:
            exclude.append(rest.split(".")[0] if "." in rest else rest)
            continue
        plain = " ".join(re.split(r"[\W_]+", rest)).strip()
        canonical = attribute_name(rest)
        if canonical != plain.casefold():
            rename[rest] = canonical
        unit = read_name(rest).unit
        if unit is not None and part.share(Form.NUMBER) > 0.9:
            units[canonical] = unit
    found: dict[str, Any] = {"prefix": f"{column.name}."}
    options = {"rename": rename, "units": units, "exclude": sorted(set(exclude))}
    return found | {name: value for name, value in options.items() if value}


def _is_noise(column: ColumnProfile, matcher: ColumnMatcher) -> bool:
    """Return whether a nested value is no attribute: an id, address, rank or text."""
    last = column.name.rpartition(".")[2]
    if last[:1] in "_$" or last.lower() in LANGUAGES:
        return True
    said = matcher.best_name(last)
    if said is not None and not match_name("attributes", column.name.rpartition(".")[2]):
        return True
    return is_prose(column) or column.share(Form.URL, Form.IMAGE, Form.UUID, Form.EPOCH) > 0.5


def _text_rule(column: ColumnProfile) -> tuple[dict[str, Any] | None, str]:
    """Return how a text of keys and values is read."""
    if column.share(Form.OBJECT) > 0.5:
        return {}, "JSON text of keys and values"
    if column.share(Form.LIST) > 0.5:
        sample = " ".join(column.samples)
        name = next((k for k in _KEYS if f'"{k}"' in sample.casefold()), None)
        value = next((v for v in _VALUES if f'"{v}"' in sample.casefold()), None)
        if name and value:
            return {"key": name, "value": value}, "JSON text of a list of names and values"
        return None, ""
    samples = [text for text in (column.counts or dict.fromkeys(column.samples)) if text]
    for between in ("=", ":", "："):
        for sign in ("|", ";", "\n", ",", "；", "，"):
            good = sum(1 for text in samples if _is_pairs(text, sign, between))
            if samples and good >= 0.7 * len(samples):
                rule = {
                    "split": rf"\s*{re.escape(sign)}\s*" if sign != "\n" else r"\n",
                    "between": rf"\s*{between}\s*",
                }
                return rule, f"a text of keys and values: '{between}' between key and value"
    return None, ""


def _is_pairs(text: str, sign: str, between: str) -> bool:
    parts = [part for part in text.split(sign) if part.strip()]
    having = [p for p in parts if between in p and 0 < len(p.split(between)[0].strip()) <= 40]
    return (
        bool(parts)
        and len(having) >= max(1, 0.7 * len(parts))
        and (len(parts) > 1 or between == "=")
    )
