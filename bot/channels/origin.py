"""Where a request comes from: the site of the page, and the address of the visitor."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from bot.settings import Settings


def own_origin(request: web.Request, settings: Settings) -> str:
    if settings.public_url:
        parts = urlsplit(str(settings.public_url))
        return f"{parts.scheme}://{parts.netloc}"
    return f"{request.scheme}://{request.host}"


def is_own_page(request: web.Request, settings: Settings) -> bool:
    """Whether the request's Origin is this server's. Browsers send Origin with every WebSocket and
    every POST; a request without one comes from no browser page."""
    origin = request.headers.get("Origin")
    return origin is None or origin == own_origin(request, settings)


def may_carry_chat(request: web.Request, settings: Settings) -> bool:
    """Whether the page that opens this chat is on a site that may."""
    if is_own_page(request, settings):
        return True
    if not settings.allowed_sites:
        return settings.demo
    return request.headers.get("Origin", "").rstrip("/") in {
        site.rstrip("/") for site in settings.allowed_sites
    }


def address(request: web.Request, settings: Settings) -> str:
    """The visitor's address. X-Forwarded-For is believed only behind a proxy of ours, and only its
    last entry: the earlier ones are whatever the visitor claims."""
    if settings.behind_proxy and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return request.remote or "unknown"
