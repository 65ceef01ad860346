"""Static pages: the widget for other people's sites, the desk, and (demo mode) a shop front."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from aiohttp import web

from bot.centre import CENTRE
from bot.desk.guard import CONTENT_SECURITY_POLICY, DeskError, api, body_of
from bot.settings import Settings

BOT = Path(__file__).resolve().parent
WIDGET = BOT / "channels" / "widget"
DESK = BOT / "desk" / "pages"
STATIC = BOT / "static"

SHOWN = {".html", ".css", ".js", ".svg", ".png", ".ico", ".webmanifest", ".wav", ".mp3"}
"""What a browser may have; type declarations and configuration stay here."""

TEXT = {".html", ".css", ".js", ".svg", ".webmanifest"}

DEMO_ORDERS = 12


def page_routes(settings: Settings) -> list[web.RouteDef]:
    routes = [
        web.get("/widget.js", widget_script),
        web.get("/widget/{file}", widget_file),
        web.get("/static/{file}", other_file),
        web.get("/desk", to_desk),
        web.get("/desk/", desk_file),
        web.get("/desk/{file}", desk_file),
        web.get("/api/docs", api(api_docs)),
    ]
    if settings.demo:
        routes += [
            web.get("/", shop_front),
            web.get("/demo/orders", demo_orders),
            web.post("/demo/identity", api(demo_identity)),
        ]
    else:
        routes.append(web.get("/", to_desk))
    return routes


def static_file(request: web.Request, folder: Path, name: str) -> web.StreamResponse:
    """A file of a page, compressed; asked for again each time and sent again when it changed."""
    path = folder / name
    if path.parent != folder or path.suffix not in SHOWN or not path.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    content = path.read_bytes()
    etag = hashlib.blake2b(content, digest_size=12).hexdigest()
    known = {tag.value for tag in request.if_none_match or ()}
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(name)[0]
    response = web.Response(
        status=304 if etag in known else 200,
        body=b"" if etag in known else content,
        content_type=kind or "application/octet-stream",
    )
    if path.suffix in TEXT:
        response.charset = "utf-8"
        response.enable_compression()
    response.etag = etag
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


async def widget_script(request: web.Request) -> web.StreamResponse:
    return shared(static_file(request, WIDGET, "widget.js"))


async def widget_file(request: web.Request) -> web.StreamResponse:
    return shared(static_file(request, WIDGET, request.match_info["file"]))


async def other_file(request: web.Request) -> web.StreamResponse:
    return static_file(request, STATIC, request.match_info["file"])


def shared(response: web.StreamResponse) -> web.StreamResponse:
    """For pages of other sites: modules and worklets are fetched with CORS."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def to_desk(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/desk/")


async def desk_file(request: web.Request) -> web.StreamResponse:
    return desk_page(request, request.match_info.get("file", "index.html"))


async def api_docs(request: web.Request) -> web.StreamResponse:
    return desk_page(request, "docs.html")


def desk_page(request: web.Request, name: str) -> web.StreamResponse:
    response = static_file(request, DESK, name)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


# --- demo mode -------------------------------------------------------------------------------


async def shop_front(request: web.Request) -> web.StreamResponse:
    return static_file(request, WIDGET, "demo.html")


async def demo_orders(request: web.Request) -> web.Response:
    """A few orders to try, one per state first: what a customer would have on paper."""
    if not request.app[CENTRE].settings.has_demo_shop:
        return web.json_response({"orders": []})
    from actions.shop.listing import demo_orders as listing

    orders = await listing(request.app[CENTRE].settings.shop_database_url)
    by_state: dict[str, dict[str, object]] = {}
    for order in orders:
        by_state.setdefault(str(order["status"]), order)
    chosen = [*by_state.values(), *orders][:DEMO_ORDERS]
    return web.json_response({"orders": chosen})


async def demo_identity(request: web.Request) -> web.Response:
    """What the shop's own server would do for its signed-in visitor."""
    centre = request.app[CENTRE]
    customer_id = (await body_of(request)).get("customer_id")
    if not isinstance(customer_id, int):
        raise DeskError(422, "bad_field", "customer_id: a number is needed.")
    customer = await centre.backend.customer(customer_id)
    if customer is None:
        raise DeskError(404, "unknown", "There is no such customer.")
    token = centre.identities.sign(customer.id, customer.name)
    return web.json_response({"token": token, "name": customer.name})
