"""What all forms of feeds share: which products a feed has, and how its file is written."""

import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from catalograph.errors import ConfigError
from catalograph.schema.commerce import Availability
from catalograph.store.queries.feed_products import FeedProduct

_SOLD = frozenset(Availability) - {Availability.UNKNOWN, Availability.DISCONTINUED}
CONDITIONS = frozenset({"new", "refurbished", "used"})
"""Conditions that Google and OpenAI know."""


@dataclass(frozen=True, slots=True)
class FeedSeller:
    """What the graph does not know of a shop.

    Attributes:
        name: name of the seller.
        countries: countries that it sells to, as ISO 3166-1 alpha-2 codes.
        country: country of the shop.
        in_stock: whether products of which the catalogue says nothing are in stock.
    """

    name: str | None = None
    countries: tuple[str, ...] = ()
    country: str | None = None
    in_stock: bool = False


@dataclass
class FeedReport:
    """What was written.

    Attributes:
        products: products of the catalogue.
        written: products in the feed.
        left_out: products that the form cannot take, by reason.
        shortened: texts that were cut to the form's length.
    """

    products: int = 0
    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    shortened: int = 0


class FeedForm(ABC):
    """A form of feeds.

    Args:
        seller: what the graph does not know of the shop.
        report: counts what is written and left out.
    """

    file_name: ClassVar[str]
    """Usual name of the file."""
    head: ClassVar[str] = ""
    """Text before the products."""
    tail: ClassVar[str] = ""
    """Text after the products."""
    needs: ClassVar[tuple[str, ...]]
    """Attributes of `FeedProduct` without which a product is left out."""
    states_stock: ClassVar[bool] = True
    """Whether each product has to say if it can be bought."""

    def __init__(self, seller: FeedSeller, report: FeedReport) -> None:
        self.seller = seller
        self.report = report

    @abstractmethod
    def render(self, products: list[FeedProduct]) -> Iterator[str]:
        """Yield the text of products that the feed takes: all of one group, or one alone."""

    def lines(self, products: Iterable[FeedProduct]) -> Iterator[str]:
        """Yield the text of a feed in parts."""
        yield self.head
        for _, members in groupby(products, key=lambda one: one.group or (one.id,)):
            fitting = [one for one in members if self._fits(one)]
            if fitting:
                self.report.written += len(fitting)
                yield from self.render(fitting)
        yield self.tail

    def cut(self, text: str, most: int) -> str:
        """Return a text of at most a number of characters."""
        if len(text) <= most:
            return text
        self.report.shortened += 1
        return text[: most - 1].rstrip() + "…"

    def stock_word(self, product: FeedProduct, words: Mapping[Availability, str]) -> str:
        """Return the form's word for the availability of a product."""
        known = product.availability
        if known is Availability.UNKNOWN and self.seller.in_stock:
            known = Availability.IN_STOCK
        return words[known]

    def _fits(self, product: FeedProduct) -> bool:
        self.report.products += 1
        reason = self._reason(product)
        if reason is not None:
            self.report.left_out[reason] += 1
        return reason is None

    def _reason(self, product: FeedProduct) -> str | None:
        """Return why a product is left out; None if it is not."""
        if product.availability is Availability.DISCONTINUED:
            return "discontinued"
        if self.states_stock and not self.seller.in_stock and product.availability not in _SOLD:
            return "no availability (--assume-in-stock takes it for in stock)"
        for name in self.needs:
            if not getattr(product, name):
                return f"no {name}"
        return None


def write_feed(
    form: type[FeedForm], products: Iterable[FeedProduct], seller: FeedSeller, path: Path
) -> FeedReport:
    """Write a feed; the file appears when it is complete.

    Args:
        form: form of the feed.
        products: products of one catalogue, those of one group after each other.
        seller: what the graph does not know of the shop.
        path: file to write; an earlier one is replaced.

    Raises:
        ConfigError: the file cannot be written.
    """
    report = FeedReport()
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(form(seller, report).lines(products))
        partial.replace(path)
    except OSError as exc:
        raise ConfigError(f"The feed '{path}' cannot be written: {exc.strerror}.") from exc
    finally:
        partial.unlink(missing_ok=True)
    return report
