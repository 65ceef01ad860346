"""The help articles as pages, so that an answer's source can be opened: `/help/` and `/help/SLUG`."""

from __future__ import annotations

from html import escape
from pathlib import Path

from aiohttp import web
from markdown_it import MarkdownIt

from actions.help import BadArticle, parse_article
from bot.centre import CENTRE
from bot.settings import ROOT, Settings

ARTICLES = ROOT / "data" / "help"
POLICY = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'"

PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{title} · {shop}</title>
<link rel="stylesheet" href="/static/help.css">
<header><a href="/help/">{shop} help</a></header>
<main>{body}</main>
<script src="/widget.js" async></script>
</html>
"""

_markdown = MarkdownIt("commonmark", {"html": False})


def help_routes() -> list[web.RouteDef]:
    return [web.get("/help", to_index), web.get("/help/", index), web.get("/help/{slug}", article)]


async def to_index(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/help/")


def read_articles(language: str) -> dict[str, tuple[str, str]]:
    """Slug → title and Markdown, by title. A file that can't be read is left out (the action server
    says so in its log)."""
    found = {}
    for path in sorted((ARTICLES / language).glob("*.md")):
        try:
            parsed = parse_article(path.read_text(encoding="utf-8"), path.name)
        except (BadArticle, UnicodeDecodeError):
            continue
        found[parsed.slug] = (parsed.title, body_of(path))
    return dict(sorted(found.items(), key=lambda item: item[1][0]))


def body_of(path: Path) -> str:
    """The Markdown below the front matter."""
    return path.read_text(encoding="utf-8").replace("\r\n", "\n").split("\n---\n", 1)[1]


async def index(request: web.Request) -> web.Response:
    settings = request.app[CENTRE].settings
    lists = "".join(
        f'<ul class="articles" lang="{escape(language)}">{_rows(language)}</ul>'
        for language in settings.languages
    )
    return page(settings, "Help", f"<h1>How can we help?</h1>{lists}")


def _rows(language: str) -> str:
    return "".join(
        f'<li><a href="/help/{escape(slug)}">{escape(title)}</a></li>'
        for slug, (title, _) in read_articles(language).items()
    )


async def article(request: web.Request) -> web.Response:
    """A slug belongs to one language; where two have it, the one that is spoken first wins."""
    settings = request.app[CENTRE].settings
    for language in settings.languages:
        if found := read_articles(language).get(request.match_info["slug"]):
            break
    else:
        raise web.HTTPNotFound(text="There is no such help article.")
    title, markdown = found
    body = (
        f"<h1>{escape(title)}</h1>{_markdown.render(markdown)}"
        '<p class="ask" lang="en">Something else? Ask in the chat at the corner of this page.</p>'
    )
    return page(settings, title, body, language)


def page(settings: Settings, title: str, body: str, language: str | None = None) -> web.Response:
    html = PAGE.format(
        language=escape(language or settings.language),
        title=escape(title),
        shop=escape(settings.shop_name),
        body=body,
    )
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=html, content_type="text/html", headers=headers)
