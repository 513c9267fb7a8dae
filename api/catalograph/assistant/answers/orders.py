"""Answers about the orders of the shopper who asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.assistant.answers.answer import AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import (
    ORDER_STATUS,
    SIGN_IN,
    format_date,
    format_money,
    join_names,
)
from catalograph.assistant.answers.reader import GraphReader
from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import OrderPlan
from catalograph.store.queries.plans import read_orders_of

Row = Mapping[str, Any]
_NO_ORDERS = Wording("I find no order of yours.", "没有找到您的订单。")
_NO_SUCH = Wording("I find no order {id} of yours.", "没有找到您的订单{id}。")
_STATUS = Wording("Order {id} of {date}: {status}.", "订单{id}（{date}）：{status}。")
_STATUS_ALONE = Wording("Order {id}: {status}.", "订单{id}：{status}。")
_PARCEL = Wording("Parcel {number}: {said}.", "包裹{number}：{said}。")
_DELIVERED = Wording("delivered on {date}", "已于{date}送达")
_EXPECTED = Wording("expected on {date}", "预计{date}送达")
_SHIPPED = Wording("shipped on {date}", "已于{date}发出")
_CARRIED = Wording("carried by {carrier}", "由{carrier}承运")
_TRACKED = Wording("tracking number {tracking}", "运单号{tracking}")
_LINES = Wording("Order {id} has {lines}.", "订单{id}包含{lines}。")
_LINE = Wording("{quantity} × “{title}”", "{quantity}件“{title}”")
_TOTAL = Wording("The total of order {id} is {total}.", "订单{id}的总额是{total}。")
_RETURN = Wording("Return of order {id}: {said}.", "订单{id}的退货：{said}。")
_REFUNDED = Wording("{amount} refunded on {date}", "已于{date}退款{amount}")
_REFUND = Wording("refund of {amount}", "退款金额{amount}")
_RECEIVED = Wording("received by the shop on {date}", "店铺已于{date}收到退货")
_NOT_STATED = {
    "arrival": Wording(
        "The order {id} does not say when it arrives.", "订单{id}没有说明何时送达。"
    ),
    "carrier": Wording("The order {id} names no carrier.", "订单{id}没有承运信息。"),
    "lines": Wording("The order {id} lists no products.", "订单{id}没有列出商品。"),
    "total": Wording("The order {id} states no total.", "订单{id}没有总额。"),
    "return": Wording("No return of order {id} is recorded.", "订单{id}没有退货记录。"),
    "refund": Wording("No refund of order {id} is recorded.", "订单{id}没有退款记录。"),
    "status": Wording("The order {id} states no status.", "订单{id}没有状态信息。"),
}


async def answer_order(plan: OrderPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State what is asked of an order; of no other shopper's."""
    if reader.user is None:
        writer.signed_out = True
        writer.admit(writer.word(SIGN_IN))
        return
    orders = await read_orders_of(reader.connection, reader.user)
    order = _choose(plan, orders)
    if order is None:
        wording = _NO_ORDERS if plan.id is None else _NO_SUCH
        writer.admit(writer.word(wording, id=plan.id))
        return
    said = _STATES[plan.asks](order, writer)
    if not said:
        writer.admit(writer.word(_NOT_STATED[plan.asks], id=order["source_id"]))
        return
    for text in said:
        number = writer.cite(SourceKind.ORDER, order["key"], _order_text(order, writer))
        writer.state(text, [number])


def _choose(plan: OrderPlan, orders: Sequence[Row]) -> Row | None:
    if plan.id is None:
        return next(iter(orders), None)
    wanted = plan.id.casefold()
    for order in orders:
        numbers = [order["source_id"], *(one["tracking"] or "" for one in order["shipments"])]
        if wanted in (str(number).casefold().lstrip("#") for number in numbers):
            return order
    return None


def _status(row: Row, writer: AnswerWriter) -> str:
    wording = ORDER_STATUS.get(row["status"] or "")
    return writer.word(wording) if wording else str(row["status_text"] or "")


def _state_status(order: Row, writer: AnswerWriter) -> list[str]:
    status = _status(order, writer)
    date = format_date(order["time"], writer.language)
    said = []
    if status:
        wording = _STATUS if date else _STATUS_ALONE
        said.append(writer.word(wording, id=order["source_id"], date=date, status=status))
    return said + _state_parcels(order, writer, ("status", "delivered", "expected", "shipped"))


def _state_parcels(order: Row, writer: AnswerWriter, names: Sequence[str]) -> list[str]:
    said = []
    for parcel in order["shipments"]:
        parts = _parcel_parts(parcel, writer)
        stated = [parts[name] for name in names if parts.get(name)]
        if "delivered" in names and parcel["delivered"] is not None:
            stated = [part for part in stated if part != parts["expected"]]
        if stated:
            comma = "，" if writer.language == "zh" else ", "
            said.append(writer.word(_PARCEL, number=parcel["number"], said=comma.join(stated)))
    return said


def _parcel_parts(parcel: Row, writer: AnswerWriter) -> dict[str, str]:
    dates = {
        name: format_date(parcel[name], writer.language)
        for name in ("delivered", "expected", "shipped")
    }
    return {
        "status": _status(parcel, writer),
        "delivered": writer.word(_DELIVERED, date=dates["delivered"]) if dates["delivered"] else "",
        "expected": writer.word(_EXPECTED, date=dates["expected"]) if dates["expected"] else "",
        "shipped": writer.word(_SHIPPED, date=dates["shipped"]) if dates["shipped"] else "",
        "carrier": writer.word(_CARRIED, carrier=parcel["carrier"]) if parcel["carrier"] else "",
        "tracking": (
            writer.word(_TRACKED, tracking=parcel["tracking"]) if parcel["tracking"] else ""
        ),
    }


def _state_arrival(order: Row, writer: AnswerWriter) -> list[str]:
    return _state_parcels(order, writer, ("delivered", "expected"))


def _state_carrier(order: Row, writer: AnswerWriter) -> list[str]:
    return _state_parcels(order, writer, ("carrier", "tracking"))


def _state_lines(order: Row, writer: AnswerWriter) -> list[str]:
    lines = [
        writer.word(_LINE, quantity=line["quantity"] or 1, title=line["title"] or "?")
        for line in order["lines"]
    ]
    if not lines:
        return []
    return [writer.word(_LINES, id=order["source_id"], lines=join_names(lines, writer))]


def _state_total(order: Row, writer: AnswerWriter) -> list[str]:
    total = format_money(order["total_amount"] or order["total"], order["currency"])
    return [writer.word(_TOTAL, id=order["source_id"], total=total)] if total else []


def _state_return(order: Row, writer: AnswerWriter) -> list[str]:
    said = []
    comma = "，" if writer.language == "zh" else ", "
    for row in order["returns"]:
        amount = format_money(row["refund_amount"] or row["refund"], row["currency"])
        refunded = format_date(row["refunded"], writer.language)
        received = format_date(row["received"], writer.language)
        parts = [_status(row, writer)]
        if received:
            parts.append(writer.word(_RECEIVED, date=received))
        if refunded:
            parts.append(writer.word(_REFUNDED, amount=amount, date=refunded))
        elif amount:
            parts.append(writer.word(_REFUND, amount=amount))
        stated = [part for part in parts if part]
        if stated:
            said.append(writer.word(_RETURN, id=order["source_id"], said=comma.join(stated)))
    return said


_STATES = {
    "status": _state_status,
    "arrival": _state_arrival,
    "carrier": _state_carrier,
    "lines": _state_lines,
    "total": _state_total,
    "return": _state_return,
    "refund": _state_return,
}


def _order_text(order: Row, writer: AnswerWriter) -> str:
    """Return what an order says, as far as answers rest on it."""
    parts = [
        order["source_id"],
        _status(order, writer),
        format_date(order["time"], writer.language),
    ]
    for state in (_state_arrival, _state_carrier, _state_lines, _state_total, _state_return):
        parts += state(order, writer)
    parts += _state_parcels(order, writer, ("status", "delivered", "expected", "shipped"))
    return " | ".join(part for part in parts if part)
