"""An order's status in words. Only ever called for somebody who was checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from actions.backend import Order, OrderLine, OrderState, Shipment
from actions.phrases import Phrases
from actions.wording import Words, by_day, in_words, listed, on_day, order_number, spelled

FINISHED = {OrderState.DELIVERED, OrderState.CANCELLED, OrderState.RETURNED}
_ITEMS_SPOKEN = 2
_TRACKING_TAIL = 4
"""Nobody writes down twenty characters from hearing; the last four tell parcels apart."""


def status(phrases: Phrases, order: Order, today: date) -> Words:
    """What happened to the order, its items and its parcels."""
    head = _headline(phrases, order, today)
    text = [head.text, *(f"- {_line(line)}" for line in order.lines)]
    spoken = [head.spoken]
    if order.state is not OrderState.DELIVERED:
        spoken.append(phrases("order_holds", items=items_of(phrases, order.lines)).spoken)
    parcels = list(order.shipments)
    for index, parcel in enumerate(parcels, 1):
        words = _parcel(
            phrases, parcel, index, len(parcels), today, finished=order.state in FINISHED
        )
        text.append(words.text)
        if words.spoken:
            spoken.append(words.spoken)
    return Words("\n".join(text), " ".join(spoken))


def short(phrases: Phrases, order: Order) -> Words:
    """For choosing among several: "482 915 (Alder Rain Jacket, shipped)"."""
    number = order_number(order.number)
    first = order.lines[0].name.split(",")[0] if order.lines else phrases("no_items").text
    more = phrases("and_more").text if len(order.lines) > 1 else ""
    return Words(
        f"{number.text} ({first}{more}, {phrases(f'state_{order.state}').text})",
        f"{number.spoken}, {first}{more}",
    )


def items_of(phrases: Phrases, lines: Sequence[OrderLine]) -> Words:
    """ "2 × Alder Rain Jacket, red, M; Pine Tent" for the eye, the first two by name for the ear."""
    names = [_spoken_line(line) for line in lines[:_ITEMS_SPOKEN]]
    rest = len(lines) - len(names)
    if rest:
        names.append(phrases("more_items" if rest > 1 else "one_more_item", count=rest).spoken)
    said = listed(names, phrases("and").text) or phrases("no_items").spoken
    return Words("; ".join(_line(line) for line in lines) or phrases("no_items").text, said)


def is_late(order: Order, today: date) -> bool:
    if order.state in FINISHED:
        return False
    overdue = order.expected_on is not None and order.expected_on < today
    return order.state is OrderState.DELAYED or overdue


def _headline(phrases: Phrases, order: Order, today: date) -> Words:
    words = phrases("your_order", number=order_number(order.number)) + _state(phrases, order, today)
    if is_late(order, today):
        words = phrases("sorry_late_order") + words
    return words


def _state(phrases: Phrases, order: Order, today: date) -> Words:
    if order.state is OrderState.DELIVERED:
        days = [parcel.delivered_at.date() for parcel in order.shipments if parcel.delivered_at]
        if not days:
            return phrases("is_delivered")
        return phrases("is_delivered_on", when=on_day(max(days), today))
    if order.state in FINISHED:
        return phrases(f"is_{order.state}")
    carriers = list(dict.fromkeys(parcel.carrier for parcel in order.shipments))
    key = f"is_{order.state}"
    if carriers and f"{key}_with" in phrases:
        words = phrases(f"{key}_with", carriers=listed(carriers, phrases("and").text))
    else:
        words = phrases(key)
    return words + _expected(phrases, order, today)


def _expected(phrases: Phrases, order: Order, today: date) -> Words:
    if order.expected_on is None:
        return phrases("no_date_yet")
    if order.expected_on < today:
        newer = [p.expected_on for p in order.shipments if p.expected_on and not p.delivered_at]
        if newer and max(newer) >= today:
            return phrases("overdue_new_date", when=on_day(order.expected_on, today),
                           new=by_day(max(newer), today))  # fmt: skip
        return phrases("overdue", when=on_day(order.expected_on, today))
    keys = {OrderState.DELAYED: "new_date", OrderState.AWAITING_PAYMENT: "expected_if_paid"}
    return phrases(keys.get(order.state, "expected"), when=by_day(order.expected_on, today))


def _parcel(
    phrases: Phrases, parcel: Shipment, index: int, count: int, today: date, *, finished: bool
) -> Words:
    name = phrases("parcel_of", index=index, count=count) if count > 1 else phrases("parcel")
    facts = [phrases("tracking", carrier=parcel.carrier, number=parcel.tracking_number).text]
    said = ""
    if parcel.delivered_at:
        when = phrases("parcel_delivered", when=on_day(parcel.delivered_at.date(), today))
        facts.append(when.text)
        said = when.spoken
    else:
        if parcel.shipped_at:
            facts.append(phrases("parcel_sent", when=on_day(parcel.shipped_at.date(), today)).text)
        else:
            facts.append(phrases("not_handed_over").text)
        if parcel.expected_on and parcel.expected_on >= today:
            when = phrases("parcel_expected", when=by_day(parcel.expected_on, today))
            facts.append(when.text)
            said = when.spoken
        if last := (parcel.events[-1] if parcel.events else None):
            seen = on_day(last.at.date(), today)
            facts.append(phrases("last_seen", when=seen, what=last.text, place=last.place).text)
    if finished or not parcel.shipped_at:
        spoken = ""
    elif count == 1:
        tail = spelled(parcel.tracking_number[-_TRACKING_TAIL:])
        spoken = phrases("tracking_ends", tail=tail).spoken
    else:
        spoken = phrases("parcel_with", name=name.spoken, carrier=parcel.carrier).spoken
        spoken += f", {said}." if said else "."
    return Words(f"{name.text}: {', '.join(facts)}.", spoken)


def _line(line: OrderLine) -> str:
    return f"{line.quantity} × {line.name}" if line.quantity != 1 else line.name


def _spoken_line(line: OrderLine) -> str:
    """Without the variant: "Alder Rain Jacket, red, M" is heard as "Alder Rain Jacket"."""
    name = line.name.split(",")[0]
    return f"{in_words(line.quantity)} times {name}" if line.quantity > 1 else name
