"""Everything the desk's server answers, but for voices."""

from __future__ import annotations

from aiohttp import web

from bot.desk.api import routes
from bot.desk.contacts_api import contact_routes
from bot.desk.description import description_routes
from bot.desk.helpers_api import helper_routes
from bot.desk.orders_api import order_routes
from bot.desk.recordings import recording_routes
from bot.desk.socket import desk_socket
from bot.desk.staff_api import staff_routes


def desk_routes() -> list[web.RouteDef]:
    return [
        web.get("/desk/ws", desk_socket),
        *routes(),
        *contact_routes(),
        *order_routes(),
        *staff_routes(),
        *helper_routes(),
        *recording_routes(),
        *description_routes(),
    ]
