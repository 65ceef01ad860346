"""An order's status in words. Only ever called for somebody who was checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from actions.backend import Order, OrderLine, OrderState, Shipment
from actions.wording import Words, by_day, in_words, listed, on_day, order_number, spelled

FINISHED = {OrderState.DELIVERED, OrderState.CANCELLED, OrderState.RETURNED}
_ITEMS_SPOKEN = 2
_TRACKING_TAIL = 4
"""Nobody writes down twenty characters from hearing; the last four tell parcels apart."""


def status(order: Order, today: date) -> Words:
    """What happened to the order, its items and its parcels."""
    head = _headline(order, today)
    items = [_line(line) for line in order.lines]
    text = [head.text, *(f"- {item}" for item in items)]
    spoken = [head.spoken]
    if order.state is not OrderState.DELIVERED:
        spoken.append(f"It holds {_items_spoken(order.lines)}.")
    parcels = list(order.shipments)
    for index, parcel in enumerate(parcels, 1):
        name = f"Parcel {index} of {len(parcels)}" if len(parcels) > 1 else "Parcel"
        words = _parcel(parcel, name, today, finished=order.state in FINISHED)
        text.append(words.text)
        if words.spoken:
            spoken.append(words.spoken)
    return Words("\n".join(text), " ".join(spoken))


def short(order: Order) -> Words:
    """For choosing among several: "482 915 (Alder Rain Jacket, shipped)"."""
    number = order_number(order.number)
    first = order.lines[0].name.split(",")[0] if order.lines else "no items"
    more = " and more" if len(order.lines) > 1 else ""
    return Words(
        f"{number.text} ({first}{more}, {order.state.replace('_', ' ')})",
        f"{number.spoken}, {_spoken_name(first)}{more}",
    )


def is_late(order: Order, today: date) -> bool:
    if order.state in FINISHED:
        return False
    overdue = order.expected_on is not None and order.expected_on < today
    return order.state is OrderState.DELAYED or overdue


def _headline(order: Order, today: date) -> Words:
    number = order_number(order.number)
    subject = Words(f"Your order {number.text}", f"Your order, {number.spoken},")
    words = subject + _state(order, today)
    if is_late(order, today):
        words = Words.same("I'm sorry, this one is late.") + words
    return words


def _state(order: Order, today: date) -> Words:
    match order.state:
        case OrderState.AWAITING_PAYMENT:
            return Words.same(
                "is waiting for its payment to reach us. We pack it as soon as that is here."
            ) + _expected(order, today)
        case OrderState.PROCESSING:
            return Words.same("is being prepared in our warehouse.") + _expected(order, today)
        case OrderState.PACKED:
            return Words.same("is packed and waits for the carrier.") + _expected(order, today)
        case OrderState.PARTLY_SHIPPED:
            return Words.same(
                "is partly on its way: it comes in more than one parcel, the rest follows."
            ) + _expected(order, today)
        case OrderState.SHIPPED:
            return _with_carrier("is on its way", order) + _expected(order, today)
        case OrderState.OUT_FOR_DELIVERY:
            return _with_carrier("is out for delivery", order) + _expected(order, today)
        case OrderState.DELAYED:
            return Words.same("is delayed.") + _expected(order, today)
        case OrderState.DELIVERED:
            days = [parcel.delivered_at.date() for parcel in order.shipments if parcel.delivered_at]
            if not days:
                return Words.same("has been delivered.")
            when = on_day(max(days), today)
            return Words(f"was delivered {when.text}.", f"was delivered {when.spoken}.")
        case OrderState.CANCELLED:
            return Words.same("was cancelled. Nothing more will be sent.")
        case OrderState.RETURNED:
            return Words.same("came back to us as a return.")


def _expected(order: Order, today: date) -> Words:
    if order.expected_on is None:
        return Words.same("I have no delivery date for it yet.")
    if order.expected_on < today:
        when = on_day(order.expected_on, today)
        return Words(
            f"It should have been with you {when.text}; I have no new date yet.",
            f"It should have been with you {when.spoken}, and I have no new date yet.",
        )
    when = by_day(order.expected_on, today)
    new = "The new date: it" if order.state is OrderState.DELAYED else "It"
    return Words(
        f"{new} should be with you {when.text}.", f"{new} should be with you {when.spoken}."
    )


def _with_carrier(doing: str, order: Order) -> Words:
    carriers = list(dict.fromkeys(parcel.carrier for parcel in order.shipments))
    return Words.same(f"{doing} with {listed(carriers)}." if carriers else f"{doing}.")


def _parcel(parcel: Shipment, name: str, today: date, *, finished: bool) -> Words:
    facts = [f"{parcel.carrier}, tracking number {parcel.tracking_number}"]
    said = ""
    if parcel.delivered_at:
        when = on_day(parcel.delivered_at.date(), today)
        facts.append(f"delivered {when.text}")
        said = f"delivered {when.spoken}"
    else:
        if parcel.shipped_at:
            facts.append(f"sent {on_day(parcel.shipped_at.date(), today).text}")
        if parcel.expected_on and parcel.expected_on >= today:
            when = by_day(parcel.expected_on, today)
            facts.append(f"expected {when.text}")
            said = f"expected {when.spoken}"
    if not parcel.shipped_at and not parcel.delivered_at:
        facts.insert(1, "not handed over yet")
    last = parcel.events[-1] if parcel.events else None
    if last and not parcel.delivered_at:
        facts.append(f"last seen {on_day(last.at.date(), today).text}: {last.text}, {last.place}")
    if finished or not parcel.shipped_at:
        spoken = ""
    elif name == "Parcel":
        tail = spelled(parcel.tracking_number[-_TRACKING_TAIL:])
        spoken = f"The tracking number ends in {tail}."
    else:
        spoken = f"{_numbered(name)}, with {parcel.carrier}" + (f", {said}." if said else ".")
    return Words(f"{name}: {', '.join(facts)}.", spoken)


def _numbered(name: str) -> str:
    return " ".join(in_words(int(word)) if word.isdigit() else word for word in name.split())


def _line(line: OrderLine) -> str:
    return f"{line.quantity} × {line.name}" if line.quantity != 1 else line.name


def _items_spoken(lines: Sequence[OrderLine]) -> str:
    names = [
        f"{in_words(line.quantity)} times {_spoken_name(line.name)}"
        if line.quantity > 1
        else _spoken_name(line.name)
        for line in lines[:_ITEMS_SPOKEN]
    ]
    rest = len(lines) - len(names)
    if rest:
        names.append(f"{in_words(rest)} more item{'s' if rest > 1 else ''}")
    return listed(names) or "no items"


def _spoken_name(name: str) -> str:
    """Without the variant: "Alder Rain Jacket, red, M" is heard as "Alder Rain Jacket"."""
    return name.split(",")[0]
