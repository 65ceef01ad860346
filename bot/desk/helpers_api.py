"""What helps agents to answer: canned replies, and help articles that fit what the customer said."""

from __future__ import annotations

import asyncio
import tomllib
from functools import cache
from typing import Final

from aiohttp import web

from actions.help import HelpIndex
from bot.centre import CENTRE
from bot.desk.api import conversation_to_read
from bot.desk.guard import signed_in
from bot.desk.signin import SignedIn
from bot.settings import ROOT

WORDS_LOOKED_AT: Final = 2
"""The customer's last messages."""
ARTICLES: Final = 3
LIKELY: Final = 0.15
"""Probability from which an article is worth a glance; the assistant itself answers from far more."""


def helper_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/desk/canned", signed_in(canned)),
        web.get("/api/conversations/{id}/articles", signed_in(articles)),
    ]


async def canned(request: web.Request, _who: SignedIn) -> web.Response:
    """`{name}` of the customer and `{agent}` are filled in by the page."""
    language = request.app[CENTRE].settings.language
    return web.json_response({"replies": _canned(language)})


async def articles(request: web.Request, _who: SignedIn) -> web.Response:
    centre = request.app[CENTRE]
    row = await conversation_to_read(request)
    events = await centre.log.since(row.id)
    said = [event.text for event in events if event.said_by_customer and event.text]
    index = _index(row.language)
    question = " ".join(said[-WORDS_LOOKED_AT:])
    found = await asyncio.to_thread(index.search, question, None, ARTICLES)
    return web.json_response(
        {
            "articles": [
                {
                    "title": one.article.title,
                    "url": f"{centre.settings.url}/help/{one.article.slug}",
                    "text": one.passage,
                }
                for one in found
                if one.score >= LIKELY
            ]
        }
    )


@cache
def _index(language: str) -> HelpIndex:
    """By words alone: the server loads no sentence model."""
    return HelpIndex(ROOT / "data" / "help" / language, None)


@cache
def _canned(language: str) -> list[dict[str, str]]:
    file = ROOT / "data" / language / "canned.toml"
    if not file.is_file():
        return []
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return [{"key": key, "title": one["title"], "text": one["text"]} for key, one in table.items()]
