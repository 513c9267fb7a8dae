"""Fields of products that the API computes: prices, media, options, translations, breadcrumbs."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalograph.api.execution.computed_fields import ComputedField
from catalograph.api.prices import ShopPrices, check_currency, read_money, read_pricing
from catalograph.api.types.commerce import (
    Breadcrumb,
    ProductMedia,
    ProductOption,
    SelectedOption,
)
from catalograph.assistant.labels import label_value
from catalograph.schema import keys

_PRICES = ("price", "price_amount", "sale_price", "sale_price_amount", "currency")
_NO_WORD = re.compile(r"[^\w]+")
_TRADITIONAL = ("zh-tw", "zh-hant", "zh-hk", "zh-mo")
Bind = Callable[[Mapping[str, Any], ShopPrices], ComputedField]


def _bind_pricing(arguments: Mapping[str, Any], prices: ShopPrices) -> ComputedField:
    code = arguments.get("currency_code")
    currency = None if code is None else check_currency("currencyCode", code)
    return ComputedField(_PRICES, lambda row: read_pricing(row, currency, prices.exchange))


def _money_field(name: str) -> ComputedField:
    """Return an amount that is stored with its exact text and its currency."""
    exact = f"{name}_amount"
    return ComputedField(
        (name, exact, "currency"),
        lambda row: read_money(row[name], row[exact], row["currency"]),
    )


def _bind_text(name: str) -> Bind:
    """Return the binding of a text that may be translated."""
    languages, translations = f"{name}_languages", f"{name}_translations"

    def bind(arguments: Mapping[str, Any], prices: ShopPrices) -> ComputedField:
        del prices
        wanted = _locale_of(arguments)
        if wanted is None:
            return ComputedField((name,), lambda row: row[name])

        def translate(row: Mapping[str, Any]) -> Any:
            known = [row["language"] or "", *(row[languages] or ())]
            texts = [row[name], *(row[translations] or ())]
            place = choose_language(known, wanted)
            return texts[0 if place is None else place]

        return ComputedField((name, "language", languages, translations), translate)

    return bind


def _locale_of(arguments: Mapping[str, Any]) -> str | None:
    """Return the language tag in the arguments of a field."""
    locale = arguments.get("locale")
    return None if locale is None else str(getattr(locale, "value", locale))


def choose_language(known: Sequence[str], wanted: str) -> int | None:
    """Return the place of the language tag that serves a locale best; None if none does.

    An equal tag comes first, then one of the same language; for Taiwan and Hong Kong, Traditional
    Chinese comes before other Chinese.
    """
    tags = [tag.lower().replace("_", "-") for tag in known]
    tag = wanted.lower().replace("_", "-")
    alike = _TRADITIONAL if tag in _TRADITIONAL else ()
    for accepted in ((tag,), alike):
        for place, one in enumerate(tags):
            if one in accepted:
                return place
    language = tag.split("-")[0]
    return next((n for n, one in enumerate(tags) if one.split("-")[0] == language), None)


def _read_media(row: Mapping[str, Any]) -> list[ProductMedia]:
    urls = row["media_urls"] or ([row["image_url"]] if row["image_url"] else [])
    alts = row["media_alts"] or []
    return [
        ProductMedia(url=url, alt=(alts[n] or None) if n < len(alts) else None, position=n + 1)
        for n, url in enumerate(urls)
    ]


def _read_selected(row: Mapping[str, Any]) -> list[SelectedOption]:
    pairs = zip(row["option_names"] or (), row["option_values"] or (), strict=False)
    return [SelectedOption(name=name, value=value) for name, value in pairs]


def _read_options(row: Mapping[str, Any]) -> list[ProductOption]:
    options: dict[str, dict[str, None]] = {}
    for names, values in row["variant_options"]:
        for name, value in zip(names, values or (), strict=False):
            options.setdefault(name, {})[value] = None
    return [ProductOption(name=name, values=list(values)) for name, values in options.items()]


def _read_group_title(row: Mapping[str, Any]) -> str | None:
    """Return the stated title of a group, else the words with which all its titles begin."""
    titles = [title.split() for title in row["variant_titles"] if title]
    if row["group_title"] is not None or not titles:
        stated: str | None = row["group_title"]
        return stated
    common = []
    for words in zip(*titles, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    return " ".join(common).rstrip(" -–—,:/|(") or " ".join(titles[0])


def _read_breadcrumbs(row: Mapping[str, Any]) -> list[Breadcrumb]:
    path = row["path"]
    return [
        Breadcrumb(key=keys.category_key(path[: n + 1]), name=name) for n, name in enumerate(path)
    ]


def _bind_label(arguments: Mapping[str, Any], prices: ShopPrices) -> ComputedField:
    del prices
    locale = _locale_of(arguments)

    def read(row: Mapping[str, Any]) -> str:
        return label_value(row["name"], row["number"], row["unit"], row["written"], locale)

    return ComputedField(("name", "number", "unit", "written"), read)


def _read_slug(row: Mapping[str, Any]) -> str | None:
    if row["slug"] is not None or row["title"] is None:
        stated: str | None = row["slug"]
        return stated
    return _NO_WORD.sub("-", row["title"].lower()).strip("-_") or None


COMMERCE_FIELDS: Mapping[tuple[str, str], ComputedField] = {
    ("Product", "media"): ComputedField(("media_urls", "media_alts", "image_url"), _read_media),
    ("Product", "selected_options"): ComputedField(
        ("option_names", "option_values"), _read_selected
    ),
    ("Product", "slug"): ComputedField(("slug", "title"), _read_slug),
    ("ProductGroup", "options"): ComputedField(("variant_options",), _read_options),
    ("ProductGroup", "title"): ComputedField(("group_title", "variant_titles"), _read_group_title),
    ("Category", "breadcrumbs"): ComputedField(("path",), _read_breadcrumbs),
    ("Offer", "price"): _money_field("price"),
    ("Offer", "sale_price"): _money_field("sale_price"),
    ("Order", "total"): _money_field("total"),
    ("OrderLine", "price"): _money_field("price"),
    ("Return", "refund"): _money_field("refund"),
}
"""Computed fields by type of the store and field."""

BOUND_FIELDS: Mapping[tuple[str, str], Bind] = {
    ("Product", "pricing"): _bind_pricing,
    ("Product", "title"): _bind_text("title"),
    ("Product", "description"): _bind_text("description"),
    ("Value", "label"): _bind_label,
}
"""Computed fields that depend on arguments and on the shop's settings."""
