"""Columns of orders: lines, shipments and returns, in lists of an order or in rows of their own."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from catalograph.ingest.mapping_columns import TimeColumn, as_column
from catalograph.ingest.row_rules import Column, MappingPart

_Time = Annotated[TimeColumn | None, BeforeValidator(as_column)]


class PartColumns(MappingPart):
    """Columns of a part of an order.

    Attributes:
        list: column with a list of such parts, whose own columns are named within an element; None
            if each row of an order is a part.
    """

    list: Column | None = None


class LineColumns(PartColumns):
    """Columns of an order's line."""

    product: Column | None = None
    title: Column | None = None
    quantity: Column | None = None
    price: Column | None = None
    """Price of one piece."""


class ShipmentColumns(PartColumns):
    """Columns of a shipment."""

    status: Column | None = None
    carrier: Column | None = None
    tracking: Column | None = None
    shipped: _Time = None
    expected: _Time = None
    delivered: _Time = None


class ReturnColumns(PartColumns):
    """Columns of a return."""

    status: Column | None = None
    reason: Column | None = None
    product: Column | None = None
    """Product id of the returned line; without it the return is of the whole order."""
    requested: _Time = None
    received: _Time = None
    refunded: _Time = None
    refund: Column | None = Field(None)
    """Amount paid back."""
