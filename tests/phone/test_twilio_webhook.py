"""Twilio's webhooks: who may ask, and what is answered."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.phone.twilio import twilio_routes
from bot.channels.phone.twilio_account import Account
from tests.conftest import Time
from tests.phone.scene import ACCOUNT_SID, TOKEN, TwilioScene, media_token, twilio_doors

CALL = "CA" + "a" * 32

names = st.text("ABCdef_0", min_size=1, max_size=6)
forms = st.dictionaries(names, st.text(max_size=12).filter(lambda text: text.isprintable()))
urls = st.sampled_from(
    ["https://help.example.com", "https://help.example.com:443", "http://10.0.0.7",
     "https://help.example.com:8443", "http://localhost:8080"]
)  # fmt: skip


@given(urls, st.sampled_from(["/phone/twilio", "/phone/twilio?language=de", "/a%20b"]), forms)
def test_the_signature_is_twilios(base: str, path: str, form: dict[str, str]) -> None:
    """What Twilio's own library signs we accept, and what we sign it accepts."""
    twilio, ours = RequestValidator(TOKEN), Account(TOKEN)
    url = base + path
    assert ours.signed(url, form.items(), twilio.compute_signature(url, form))
    assert twilio.validate(url, form, ours.signature(url, form.items()))


@given(forms, forms)
def test_a_signature_fits_only_its_form(form: dict[str, str], other: dict[str, str]) -> None:
    url = "https://help.example.com/phone/twilio"
    told = "".join(name + value for name, value in sorted(form.items()))
    if told != "".join(name + value for name, value in sorted(other.items())):
        signature = RequestValidator(TOKEN).compute_signature(url, form)
        assert not Account(TOKEN).signed(url, other.items(), signature)


def test_a_standard_port_may_be_signed_or_not() -> None:
    twilio = RequestValidator(TOKEN)
    with_port = twilio.compute_signature("https://help.example.com:443/phone/twilio", {})
    assert Account(TOKEN).signed("https://help.example.com/phone/twilio", [], with_port)
    other_port = twilio.compute_signature("https://help.example.com:444/phone/twilio", {})
    assert not Account(TOKEN).signed("https://help.example.com/phone/twilio", [], other_port)


async def test_the_answer_connects_the_call_both_ways(time: Time) -> None:
    async with twilio_doors(time) as scene:
        told = await answered(scene, "/phone/twilio?language=de", From="+15550100", To="+15550199")
        stream = told.find("Connect/Stream")
        assert stream is not None
        assert stream.get("url") == scene.url.replace("http", "ws") + "/phone/twilio/media"
        assert len("token" + media_token(told)) < 500  # Twilio cuts longer parameters off
        redirect = told.find("Redirect")
        assert redirect is not None
        assert redirect.text == scene.url + "/phone/twilio/next?again=0&language=de"
        claims = jwt.decode(media_token(told), options={"verify_signature": False})
        assert (claims["call"], claims["from"], claims["lang"]) == (CALL, "+15550100", "de")


@pytest.mark.parametrize("withheld", ["", "anonymous", "+266696687", "Restricted", "+7378742833"])
async def test_a_withheld_number_is_no_number(time: Time, withheld: str) -> None:
    async with twilio_doors(time) as scene:
        told = await answered(scene, "/phone/twilio", From=withheld, To="+15550199")
        assert "from" not in jwt.decode(media_token(told), options={"verify_signature": False})


async def test_where_we_have_called_the_customer_is_the_one_called(time: Time) -> None:
    async with twilio_doors(time) as scene:
        told = await answered(
            scene, "/phone/twilio", From="+15550199", To="+15550100", Direction="outbound-api"
        )
        claims = jwt.decode(media_token(told), options={"verify_signature": False})
        assert (claims["from"], claims["to"]) == ("+15550100", "+15550199")


async def test_long_addresses_still_make_a_token_twilio_carries(time: Time) -> None:
    async with twilio_doors(time) as scene:
        sip = "sip:" + "a" * 300 + "@example.com"
        told = await answered(scene, "/phone/twilio?language=zh-hant-tw", From=sip, To=sip)
        assert len("token" + media_token(told)) < 500


async def test_behind_a_proxy_the_public_address_is_what_counts(time: Time) -> None:
    public = "https://help.example.com/"
    async with twilio_doors(time, account=Account(TOKEN, None, public)) as scene:
        form = {"CallSid": CALL, "From": "+15550100"}
        signature = RequestValidator(TOKEN).compute_signature(public + "phone/twilio", form)
        async with scene.http.post(
            scene.url + "/phone/twilio", data=form, headers={"X-Twilio-Signature": signature}
        ) as response:
            assert response.status == 200
            assert 'url="wss://help.example.com/phone/twilio/media"' in await response.text()


@pytest.mark.parametrize("path", ["/phone/twilio", "/phone/twilio/next"])
@pytest.mark.parametrize(
    "forgery", ["none", "guess", "other token", "other form", "other url", "no ASCII"]
)
async def test_forged_webhooks_are_refused(time: Time, path: str, forgery: str) -> None:
    async with twilio_doors(time) as scene:
        form = {"CallSid": CALL, "AccountSid": ACCOUNT_SID}
        url = scene.url + path
        twilio = RequestValidator(TOKEN)
        headers = {
            "none": {},
            "guess": {"X-Twilio-Signature": "AAAA"},
            "other token": {
                "X-Twilio-Signature": RequestValidator("x").compute_signature(url, form)
            },
            "other form": {"X-Twilio-Signature": twilio.compute_signature(url, {"CallSid": CALL})},
            "other url": {"X-Twilio-Signature": twilio.compute_signature(url + "?a=1", form)},
            "no ASCII": {"X-Twilio-Signature": "é"},
        }[forgery]
        async with scene.http.post(url, data=form, headers=headers) as response:
            assert response.status == 403
            assert "<" not in await response.text()


async def test_another_account_and_a_missing_call_are_refused(time: Time) -> None:
    async with twilio_doors(time) as scene:
        for form, status in [
            ({"CallSid": CALL, "AccountSid": "AC" + "2" * 32}, 403),
            ({"AccountSid": ACCOUNT_SID}, 400),
            ({"CallSid": "<Say>", "AccountSid": ACCOUNT_SID}, 400),
        ]:
            url = scene.url + "/phone/twilio"
            signature = RequestValidator(TOKEN).compute_signature(url, form)
            headers = {"X-Twilio-Signature": signature}
            async with scene.http.post(url, data=form, headers=headers) as response:
                assert response.status == status


async def test_without_an_account_the_doors_say_so() -> None:
    app = web.Application()
    app.router.add_routes(twilio_routes())
    async with TestClient(TestServer(app)) as client:
        for response in [
            await client.post("/phone/twilio"),
            await client.post("/phone/twilio/next"),
            await client.get("/phone/twilio/media"),
        ]:
            assert response.status == 503
            assert "WARMLINE_TWILIO_AUTH_TOKEN" in await response.text()


async def answered(scene: TwilioScene, path: str, **form: str) -> Xml.Element:
    return Xml.fromstring(await scene.post(path, CallSid=CALL, **form))
