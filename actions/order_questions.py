"""What the assistant says while it finds out which order is meant, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from actions.backend import Order
from actions.order_words import short
from actions.wording import Words, in_words, listed, order_number

CHOICES = 4
"""Orders that are listed to choose from."""

NOT_A_POSTCODE = Words.same("That doesn't look like a postcode: it has five digits.")
NO_MATCH = (
    Words.same("I can't find an order with that number and postcode. Let's try once more."),
    Words.same("Those two still don't fit together. Please look at them again."),
)


def number_odd(digits: str) -> Words:
    if len(digits) == 6:
        return Words.same("That number doesn't look complete; perhaps a digit slipped.")
    return Words(
        f"That doesn't look complete: an order number has six digits, I read {len(digits)}.",
        "That doesn't look complete: an order number has six digits, "
        f"and I heard {in_words(len(digits))}.",
    )


def understood(number: str) -> Words:
    """What was taken is said, so that a wrong guess can be put right."""
    words = order_number(number)
    return Words(f"I understood {words.text}.", f"I understood {words.spoken}.")


def only_these(numbers: Sequence[str]) -> Words:
    """Said to whoever knows the delivery postcode only, whatever the next number belongs to."""
    words = [order_number(number) for number in numbers]
    opening = "So far I can tell you about "
    rest = "For any other one I need its own order number and postcode, please."
    return Words(
        f"{opening}{listed([each.text for each in words])}. {rest}",
        f"{opening}{listed([each.spoken for each in words])}. {rest}",
    )


def choices(orders: Sequence[Order]) -> Words:
    lines = [short(order) for order in orders[:CHOICES]]
    more = "\n…and older ones." if len(orders) > CHOICES else ""
    count = len(orders)
    said = "; and ".join(line.spoken for line in lines[:2])
    opening = f"You have {in_words(count)} open orders"
    opening += ". The latest two are: " if count > 2 else ": "
    return Words(
        f"You have {count} open orders:\n" + "\n".join(f"- {line.text}" for line in lines) + more,
        f"{opening}{said}.",
    )
