"""The API's address and the key, before anything is asked."""

from __future__ import annotations

import asyncio
import socket

import pytest

from actions.backend import BackendUnavailable, NotAllowed, Refusal, load_backend
from actions.rest_shop import RestShop
from actions.rest_shop.paths import idempotency_key, same_number, segment
from tests.rest_shop.conftest import KEY, Served

SPEC = "actions.rest_shop:RestShop"


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example",
        "http://127.0.0.1:8095/warmline/v1/",
        "https://[::1]:8443/api",
        " https://a.b ",
    ],
)
async def test_an_api_address_makes_a_shop_and_opens_nothing(address: str) -> None:
    shop = load_backend(SPEC, address)
    await shop.close()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///var/shop.db",
        "postgresql://shop@db/shop",
        "ftp://shop.example",
        "shop.example/api",
        "",
        "https://",
        "https:///api",
        "https://shop.example:port/api",
        "https://shop.example:99999/api",
        "https://[::1/api",
        "https://shop.example/api?key=1",
        "https://shop.example/api#top",
        "https://shop.example/a pi",
        "https://shop.example/a\npi",
        "https://shöp.example/api",
        "https://shop..example/api",
        f"https://{'s' * 64}.example/api",
    ],
)
def test_any_other_address_is_refused_with_a_sentence(address: str) -> None:
    with pytest.raises(ValueError, match="the shop API's address"):
        load_backend(SPEC, address)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="WARMLINE_SHOP_SECRET") as raised:
        RestShop("https://warmline:hunter2@shop.example/api")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("secret", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_no_header_can_hold_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="WARMLINE_SHOP_SECRET") as raised:
        RestShop("https://shop.example", secret=secret)
    assert secret not in str(raised.value)


async def test_the_key_comes_from_the_environment(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_SHOP_SECRET", KEY)
    shop = load_backend(SPEC, served.address)
    await shop.ping()
    await shop.close()
    assert served.requests[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("secret", "says"), [("wrong", "is not the shop's"), ("", "is not set")])
async def test_without_the_right_key_the_shop_is_unavailable(
    served: Served, secret: str, says: str
) -> None:
    shop = RestShop(served.address, secret=secret)
    with pytest.raises(BackendUnavailable, match=f"401: WARMLINE_SHOP_SECRET {says}"):
        await shop.ping()
    with pytest.raises(BackendUnavailable):
        await shop.order("482911")
    await shop.close()
    assert len(served.requests) == 2  # neither was tried again


def test_a_closed_shop_opens_again_in_another_loop() -> None:
    shop = RestShop("http://127.0.0.1:1")

    async def ask() -> None:
        with pytest.raises(BackendUnavailable):
            await shop.ping()
        await shop.close()

    asyncio.run(ask())
    asyncio.run(ask())


@pytest.mark.parametrize(
    "number", ["", " ", ".", "..", "../..", "/", "?", "#", "9" * 65, "\ud800", "\x00"]
)
async def test_what_no_path_can_hold_is_unknown_without_asking(
    served: Served, rest: RestShop, number: str
) -> None:
    assert await rest.order(number) is None
    assert await rest.options(number) is None
    assert await rest.invoice(number) is None
    assert await rest.returns_of(number) == ()
    assert await rest.stock_at(number) == ()
    with pytest.raises(NotAllowed) as raised:
        await rest.cancel_order(number, turn_id="turn")
    assert raised.value.refusal is Refusal.UNKNOWN_ORDER
    assert served.requests == []


@pytest.mark.parametrize(
    "number",
    [
        "482911/cancellation",
        "../customers/1",
        "48%2F2911",
        "482911?x=1",
        "482911#x",
        "4829 11;a=b",
        "４８",
    ],
)
async def test_hostile_numbers_stay_one_segment_of_the_path(
    served: Served, rest: RestShop, number: str
) -> None:
    assert await rest.order(number) is None
    assert [request.match_info.get("number") for request in served.requests] == [number]


async def test_ids_no_shop_has_are_unknown_without_asking(served: Served, rest: RestShop) -> None:
    for customer_id in (0, -1, 10**30):
        assert await rest.customer(customer_id) is None
        assert await rest.orders_of(customer_id) == ()
    assert await rest.orders_of(1, limit=0) == ()
    assert await rest.search_products("tent", limit=-1) == ()
    assert served.requests == []


def test_a_segment_is_percent_encoded() -> None:
    assert segment("RJ-1/2 é") == "RJ-1%2F2%20%C3%A9"
    assert segment(17) == "17"
    assert segment(0) is None


def test_a_turn_id_a_header_cannot_hold_travels_as_a_digest() -> None:
    assert idempotency_key("0d2cf4a2b1d94d1e") == "0d2cf4a2b1d94d1e"
    odd = {
        idempotency_key(turn) for turn in ("two words", "a\r\nX: y", "é" * 3, "x" * 129, "\ud800")
    }
    assert all(len(key) == 64 for key in odd)
    assert len(odd) == 5


def test_numbers_are_compared_as_people_write_them() -> None:
    assert same_number("482 911", "482911")
    assert same_number("so-17/a", "SO-17A")
    assert not same_number("482911", "482912")


async def test_a_port_where_nobody_listens_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shop = RestShop(f"http://127.0.0.1:{port}", secret=KEY)
    with pytest.raises(BackendUnavailable, match=r"no connection to 127\.0\.0\.1"):
        await shop.order("482911")
    await shop.close()
