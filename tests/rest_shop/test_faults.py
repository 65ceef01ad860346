"""Whatever goes wrong on the way is BackendUnavailable, in time, and tells nobody's data."""

from __future__ import annotations

import asyncio
import socket

import pytest

from actions.rest_shop import RestShop
from actions.rest_shop.client import LARGEST_ANSWER, Patience
from tests.rest_shop import faults
from tests.rest_shop.conftest import KEY, Fault, Served
from tests.rest_shop.questions import CHANGING, READING, first_order, unavailable

HURRIED = Patience(total=0.15, connect=0.1)


async def test_every_question_is_unavailable_while_the_server_is_down() -> None:
    shop = RestShop("http://127.0.0.1:1", secret=KEY)
    for question in READING + CHANGING:
        await unavailable(question(shop), "no connection to 127.0.0.1: Connect")
    await shop.close()


@pytest.mark.parametrize("status", [400, 403, 422, 429, 500, 501, 505, 204, 206, 304, 404, 409])
async def test_an_unexpected_status_is_a_failure_at_once(
    served: Served, rest: RestShop, status: int
) -> None:
    for question in READING + CHANGING:
        served.requests.clear()
        served.faults.append(faults.says(status))
        await unavailable(question(rest), str(status))
        assert len(served.requests) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_passing_failure_is_tried_again_once(
    served: Served, rest: RestShop, status: int
) -> None:
    number = await first_order(served)
    served.faults.append(faults.says(status))
    order = await rest.order(number)
    assert order is not None
    assert len(served.requests) == 2
    for question in READING + CHANGING:
        served.requests.clear()
        served.faults.extend([faults.says(status), faults.says(status)])
        await unavailable(question(rest), str(status))
        assert len(served.requests) == 2
        keys = {request.headers.get("Idempotency-Key") for request in served.requests}
        assert keys == ({"t"} if question in CHANGING else {None})


@pytest.mark.parametrize("fault", [faults.breaks_off, faults.breaks_off_half_way])
async def test_a_broken_connection_is_tried_again_once(fault: Fault, served: Served) -> None:
    number = await first_order(served)
    for question in [*READING, *CHANGING]:
        rest = RestShop(served.address, secret=KEY)
        served.requests.clear()
        served.faults.extend([fault, fault])
        await unavailable(question(rest), "the connection broke off .*, twice")
        assert len(served.requests) == 2
        await rest.close()
    rest = RestShop(served.address, secret=KEY)
    served.faults.append(fault)
    assert await rest.order(number) is not None
    await rest.close()


async def test_an_identity_check_without_a_turn_is_never_sent_again(
    served: Served, rest: RestShop
) -> None:
    for fault in (faults.says(503), faults.breaks_off):
        served.faults.append(fault)
        await unavailable(rest.check_identity("482911", "97205", source="x"))
    assert len(served.requests) == 2


async def test_who_hangs_is_left_in_time_and_not_asked_again(served: Served) -> None:
    rest = RestShop(served.address, secret=KEY, patience=HURRIED)
    for fault in (faults.hangs, faults.hangs_half_way):
        served.requests.clear()
        served.faults.append(fault(served.over))
        async with asyncio.timeout(5):
            await unavailable(rest.order("482911"), "no answer within 0.15 seconds")
        assert len(served.requests) <= 1  # none, on a machine so busy that it wasn't even sent
    await rest.close()


async def test_both_tries_share_one_time(served: Served) -> None:
    rest = RestShop(served.address, secret=KEY, patience=HURRIED)
    served.faults.extend([faults.says(503), faults.hangs(served.over)])
    async with asyncio.timeout(5):
        await unavailable(rest.order("482911"), "no answer within 0.15 seconds")
    await rest.close()


async def test_a_server_that_accepts_nobody_is_left_after_the_connect_time() -> None:
    """Its queue of waiting connections is full, so the kernel lets further ones wait."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        shop = RestShop(
            f"http://127.0.0.1:{port}", secret=KEY, patience=Patience(total=2, connect=0.1)
        )
        async with asyncio.timeout(5):
            await unavailable(shop.order("482911"), "no connection within 0.1 seconds")
        await shop.close()
        for one in waiting:
            one.close()


async def test_what_does_not_speak_http_is_unavailable() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.6 /orders/482911\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    shop = RestShop(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", secret=KEY)
    await unavailable(shop.order("482911"))
    await shop.close()
    server.close()


async def test_a_redirect_is_not_followed(served: Served, rest: RestShop) -> None:
    """The key and the customer's data must not go elsewhere."""
    for status in (301, 302, 303, 307, 308):
        served.faults.append(faults.says(status, Location=f"{served.address}/promotions"))
        await unavailable(rest.promotions(), f"{status}, a redirect, which is not followed")
    assert len(served.requests) == 5


@pytest.mark.parametrize("fault", [faults.endless, faults.packed_tight])
async def test_an_answer_without_end_is_not_read(
    fault: Fault, served: Served, rest: RestShop
) -> None:
    served.faults.append(fault)
    await unavailable(rest.promotions(), f"larger than {LARGEST_ANSWER} bytes")
    assert await rest.promotions()


async def test_a_question_that_is_given_up_leaves_the_shop_usable(served: Served) -> None:
    rest = RestShop(served.address, secret=KEY)
    served.faults.append(faults.hangs(served.over))
    asked = asyncio.create_task(rest.order("482911"))
    while not served.requests:  # noqa: ASYNC110 (no sleep: it lets the others run)
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await rest.ping()
    await rest.close()


async def test_a_server_that_restarts_is_found_again(served: Served, rest: RestShop) -> None:
    """Kept connections that died meanwhile cost nobody a question."""
    await asyncio.gather(*(rest.ping() for _ in range(5)))
    for request in served.requests:
        if request.transport:
            request.transport.abort()
    await rest.ping()
