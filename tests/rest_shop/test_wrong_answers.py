"""A shop that answers something else than docs/shop-api.yaml has failed; what it says goes nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic_core import to_json

from actions.backend import CheckOutcome, NotAllowed, Refusal
from actions.rest_shop import RestShop
from tests.rest_shop import faults
from tests.rest_shop.conftest import Served
from tests.rest_shop.questions import CHANGING, READING, first_order, unavailable


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "null",
        "[]",
        "{}",
        "<html>97205</html>",
        '{"number": "482911"',
        pytest.param("[" * 100_000, id="deep"),
        "NaN",
        "\x00",
    ],
)
async def test_garbage_is_a_failure(served: Served, rest: RestShop, garbage: str) -> None:
    for question in READING + CHANGING:
        served.faults.append(faults.says(200, garbage))
        await unavailable(question(rest))


def changed(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    *way, last = path.split(".")

    def change(body: dict[str, Any]) -> None:
        at: Any = body
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        at[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("number", 482911),
        ("state", "97205"),
        ("placed_at", "2026-05-04T10:00:00"),
        ("placed_at", 1777888800),
        ("placed_at", "1777888800"),
        ("placed_at", "0001-01-01T00:00:00+14:00"),
        ("expected_on", "2026-05-04T00:00:00Z"),
        ("expected_on", "tomorrow"),
        ("total_cents", "12900"),
        ("total_cents", 129.5),
        ("total_cents", -1),
        ("total_cents", True),
        pytest.param("total_cents", 10**400, id="far too much"),
        ("currency", "dollars"),
        ("lines.0.quantity", 0),
        ("lines.0.sku", ""),
        ("lines", {}),
        ("customer.tier", "diamond"),
        ("customer.id", None),
        ("delivery_address", None),
    ],
)
async def test_a_wrong_field_is_a_failure_that_names_the_field(
    served: Served, rest: RestShop, path: str, value: object
) -> None:
    number = await first_order(served)
    body = json.loads(to_json(await served.direct.order(number)))
    served.faults.append(faults.says(200, json.dumps(body)))
    assert await rest.order(number) is not None
    changed(path, value)(body)
    served.faults.append(faults.says(200, json.dumps(body)))
    await unavailable(rest.order(number), f"GET /orders/{{number}}: {path}: ")


async def test_somebody_elses_data_is_never_passed_on(served: Served, rest: RestShop) -> None:
    """A shop, or a cache on the way, has mixed up its answers."""
    number = await first_order(served)
    order = await served.direct.order(number)
    assert order is not None
    other = to_json(order).decode()
    match = to_json({"outcome": "matched", "order": order, "whole_account": True}).decode()
    for body, question in [
        (other, rest.order("000000")),
        (match, rest.check_identity("000000", "97205", source="x")),
        (to_json({"orders": [order]}).decode(), rest.orders_of(order.customer.id + 1)),
        (to_json(order.customer).decode(), rest.customer(order.customer.id + 1)),
    ]:
        served.faults.append(faults.says(200, body))
        await unavailable(question, "it answered with another")


@pytest.mark.parametrize(
    ("outcome", "with_order", "whole_account"),
    [("matched", False, False), ("no_match", True, False), ("locked", False, True)],
)
async def test_an_identity_check_that_contradicts_itself_opens_nothing(
    served: Served, rest: RestShop, outcome: str, with_order: bool, whole_account: bool
) -> None:
    number = await first_order(served)
    order = await served.direct.order(number) if with_order else None
    body = {"outcome": CheckOutcome(outcome), "order": order, "whole_account": whole_account}
    served.faults.append(faults.says(200, to_json(body).decode()))
    await unavailable(rest.check_identity(number, "97205", source="x"), "comes with matched")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, '{"unknown": "customer"}'),
        (404, '{"unknown": "482911"}'),
        (404, "404: Not Found"),
        (409, '{"refusal": "97205", "detail": ""}'),
        (409, '{"refusal": "packed"}'),
        (409, "conflict"),
    ],
)
async def test_a_no_that_is_not_by_the_file_is_a_failure(
    served: Served, rest: RestShop, status: int, body: str
) -> None:
    """So a wrong address doesn't tell every customer that their order doesn't exist."""
    for question in (rest.order("482911"), rest.cancel_order("482911", turn_id="t")):
        served.faults.append(faults.says(status, body))
        await unavailable(question, str(status))


async def test_a_refusals_detail_is_one_short_line(served: Served, rest: RestShop) -> None:
    detail = "parcel 1\n\thas been packed " + "!" * 1000
    body = json.dumps({"refusal": "packed", "detail": detail})
    served.faults.append(faults.says(409, body))
    with pytest.raises(NotAllowed, match=r"^packed: parcel 1 has been packed !+$") as raised:
        await rest.cancel_order("482911", turn_id="t")
    assert raised.value.refusal is Refusal.PACKED
    assert len(str(raised.value)) < 220
