"""Choosing a variant by its options, as UCP's `get_product` does.

https://ucp.dev/2026-08-25/specification/shopping/catalog/lookup#option-selection
"""

from collections.abc import Mapping, Sequence

from catalograph.api.mcp.ucp import UcpOption, UcpOptionValue, UcpSelectedOption, UcpVariant

Selection = Mapping[str, str]
"""Label of each selected option, by its name."""


def relax_selection(
    variants: Sequence[UcpVariant], selected: Selection, preferences: Sequence[str]
) -> dict[str, str]:
    """Return the selection without options, until a variant fits.

    Args:
        variants: variants of a product.
        selected: what the shopper selected.
        preferences: names of options, the most important first. Options that it does not name are
            dropped before those that it names.
    """
    kept = dict(selected)
    ranks = {name.casefold(): place for place, name in enumerate(preferences)}
    droppable = sorted(kept, key=lambda name: ranks.get(name.casefold(), len(ranks)))
    while kept and not any(fits(one, kept) for one in variants):
        del kept[droppable.pop()]
    return kept


def fits(variant: UcpVariant, selected: Selection) -> bool:
    """Return whether a variant has all selected values; case does not matter."""
    has = {one.name.casefold(): one.label.casefold() for one in variant.options or ()}
    return all(has.get(name.casefold()) == label.casefold() for name, label in selected.items())


def order_variants(variants: Sequence[UcpVariant], featured: str | None) -> list[UcpVariant]:
    """Return the featured variant first, then those that can be bought, then the others."""
    return sorted(variants, key=lambda one: (one.id != featured, not _is_available(one)))


def describe_options(
    options: Sequence[UcpOption], variants: Sequence[UcpVariant], selected: Selection
) -> list[UcpOption]:
    """Return options; each value says whether a variant has it with the other selections."""
    described = []
    for option in options:
        others = {
            name: label
            for name, label in selected.items()
            if name.casefold() != option.name.casefold()
        }
        values = []
        for value in option.values:
            found = [one for one in variants if fits(one, {**others, option.name: value.label})]
            values.append(
                UcpOptionValue(
                    label=value.label,
                    exists=bool(found),
                    available=any(_is_available(one) for one in found),
                )
            )
        described.append(UcpOption(name=option.name, values=values))
    return described


def selection_of(variant: UcpVariant) -> dict[str, str]:
    """Return the options of a variant as a selection."""
    return {one.name: one.label for one in variant.options or ()}


def list_selection(selected: Selection) -> list[UcpSelectedOption]:
    """Return a selection in UCP's form."""
    return [UcpSelectedOption(name=name, label=label) for name, label in selected.items()]


def _is_available(variant: UcpVariant) -> bool:
    """Return whether a variant can be bought; one whose catalogue says nothing can."""
    return variant.availability is None or variant.availability.available
