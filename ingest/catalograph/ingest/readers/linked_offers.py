"""Prices of schema.org offers: plain ones, by specification, and aggregated."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from catalograph.ingest.readers.linked_graph import LinkedGraph, Thing, to_list

_LIST_PRICES = frozenset(
    {"ListPrice", "StrikethroughPrice", "SRP", "MSRP", "RegularPrice", "SuggestedRetailPrice"}
)
"""Types of prices that are shown beside the price to pay."""
_OTHER_PRICES = frozenset({"MinimumAdvertisedPrice", "InvoicePrice", "CPO", "Deposit"})
_NO_PRICE = frozenset({"DeliveryChargeSpecification", "PaymentChargeSpecification"})
_IN_STOCK = ("InStock", "LimitedAvailability", "OnlineOnly", "InStoreOnly")


def read_offers(graph: LinkedGraph, offers: Sequence[Thing]) -> dict[str, Any]:
    """Return the fields of the first offer with a price; of an AggregateOffer its lowest price."""
    read = [_read_offer(graph, offer) for offer in offers]
    return next((o for o in read if o.get("price") is not None), read[0] if read else {})


def _read_offer(graph: LinkedGraph, offer: Thing) -> dict[str, Any]:
    fields = {name: graph.text(value) for name, value in offer.items()}
    fields |= _specified_prices(graph, offer, fields)
    for level in graph.things(offer.get("inventoryLevel")):
        fields["inventoryLevel"] = level.get("value")
    inner = [_read_offer(graph, each) for each in graph.things(offer.get("offers"))]
    priced = [each for each in inner if each.get("price") is not None]
    if fields.get("price") is None and fields.get("lowPrice") is not None:
        fields["price"] = fields["lowPrice"]
    elif fields.get("price") is None and priced:
        lowest = min(priced, key=_price_to_pay)
        fields = {**{n: v for n, v in fields.items() if v is not None}, "price": lowest["price"]}
        for name in ("priceCurrency", "salePrice", "itemCondition"):
            if lowest.get(name) is not None:
                fields.setdefault(name, lowest[name])
    if fields.get("availability") is None and inner:
        fields["availability"] = _best_availability(inner)
    if fields.get("priceCurrency") is None and priced:
        fields["priceCurrency"] = priced[0].get("priceCurrency")
    return {name: value for name, value in fields.items() if value is not None}


def _specified_prices(
    graph: LinkedGraph, offer: Thing, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return price, sale price and currency as the price specifications of an offer say."""
    listed: Any = None
    paid = fields.get("price")
    currency = fields.get("priceCurrency")
    for part in graph.things(offer.get("priceSpecification")):
        price = part.get("price", part.get("minPrice"))
        if price is None or set(to_list(part.get("@type"))) & _NO_PRICE or _is_special(part):
            continue
        kind = set(to_list(part.get("priceType")))
        if kind & _OTHER_PRICES:
            continue
        currency = currency or part.get("priceCurrency")
        if kind & _LIST_PRICES:
            listed = price if listed is None else listed
        elif paid is None:
            paid = price
    found = {"priceCurrency": currency}
    if listed is not None and paid is not None and _number(listed) != _number(paid):
        return found | {"price": listed, "salePrice": paid}
    return found | {"price": listed if paid is None else paid}


def _is_special(part: Thing) -> bool:
    """Return whether a price is for members, for a part of the product, or by the litre."""
    special = ("validForMemberTier", "priceComponentType", "membershipPointsEarned")
    reference = part.get("referenceQuantity")
    if isinstance(reference, Mapping):
        unit = _number(reference.get("value", 1))
        return unit is not None and "unitCode" in reference and reference["unitCode"] != "C62"
    return any(part.get(name) is not None for name in special)


def _best_availability(offers: Sequence[Mapping[str, Any]]) -> Any:
    stated = [offer["availability"] for offer in offers if offer.get("availability") is not None]
    good = [each for name in _IN_STOCK for each in stated if each == name]
    return next(iter(good or stated), None)


def _price_to_pay(offer: Mapping[str, Any]) -> Decimal:
    price = _number(offer.get("salePrice", offer["price"]))
    return Decimal("Infinity") if price is None else price


def _number(value: Any) -> Decimal | None:
    """Return a price as JSON-LD writes it, with a dot; None for other texts."""
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


__all__ = ["read_offers"]
