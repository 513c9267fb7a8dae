"""Brand names: without legal suffixes and marks, "&" for "and", aliases resolved."""

import re

from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.tables import brand_aliases
from catalograph.schema import keys

_MARK = re.compile(r"\s?(?:[™®©℠]|\((?:tm|r|c)\))", re.IGNORECASE)
_AND = re.compile(r"(?<=\w) (?:and|And|AND) (?=\w)")
_SUFFIX = re.compile(
    r"(?:,\s?|\s)(?:"
    r"incorporated|inc|limited|ltd|llc|l\.l\.c|corporation|corp|company|plc|gmbh(?: & co\.? kg)?"
    r"|pty(?:\.? ltd)?|pvt(?:\.? ltd)?|\(pvt\)|s\.p\.a|spa(?-i:(?<=SpA))|s\.r\.l|s\.a|b\.v|n\.v|a/s"
    r"|(?-i:AG|KG|SA|BV|NV|AB|Oy|Co)"
    r")\.?\Z",
    re.IGNORECASE,
)
_ZH_SUFFIX = re.compile(
    r"(?:(?:\((?:中国|上海|深圳|北京|广州)\))?(?:股份|集团|科技|电子|实业|贸易|责任)*)?有限(?:责任)?公司\Z"
)
_TWO_NAMES = re.compile(r"(?P<a>[^()/]+?)\s?(?:\((?P<b>[^()]+)\)|/\s?(?P<c>[^()/]+))\Z")
_LEAST = 2


def read_brand(text: str) -> NormalisedValue | None:
    """Return the canonical name of a brand; None for an unknown spelling."""
    name, rules = text, []
    for _ in range(6):  # a suffix may follow another: "Co., Ltd."
        found = _alias(name) or _shorter(name)
        if found is None:
            break
        rule, name = found
        if rule not in rules:
            rules.append(rule)
        if rule == "brand-alias":
            break
    return NormalisedValue(name, text, None, None, "+".join(rules)) if rules else None


def _alias(name: str) -> tuple[str, str] | None:
    aliases = brand_aliases()
    known = aliases.get(keys.normalise(name))
    if known is not None:
        return "brand-alias", known
    both = _TWO_NAMES.match(name)
    if both is None:
        return None
    # "华为 (HUAWEI)" is one manufacturer in two scripts; "Dell (Intel)" is not.
    sides = {aliases.get(keys.normalise(side)) for side in both.groups() if side is not None}
    (one, *more) = sides
    return ("brand-alias", one) if one is not None and not more else None


def _shorter(name: str) -> tuple[str, str] | None:
    for rule, pattern, by in (
        ("brand-mark", _MARK, ""),
        ("brand-and", _AND, " & "),
        ("brand-suffix", _SUFFIX, ""),
        ("brand-suffix", _ZH_SUFFIX, ""),
    ):
        short = keys.clean(pattern.sub(by, name)).rstrip(",")
        # "Tiffany & Co." is the whole name, and of "The Limited" nothing would be left.
        rest = short.endswith(("&", "-")) or short.casefold() == "the" or len(short) < _LEAST
        if short != name and not rest:
            return rule, short
    return None
