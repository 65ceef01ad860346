"""The demo shop from the command line."""

from __future__ import annotations

import asyncio
import json
import sys

from bot.settings import Settings


def demo(settings: Settings, what: str, *, as_json: bool) -> int:
    from actions.shop import migrate, seed
    from actions.shop.listing import demo_orders

    if not settings.has_demo_shop:
        print(f"The shop is {settings.shop_backend}, not the demo shop.", file=sys.stderr)
        return 2
    url = settings.shop_database_url

    async def prepare() -> list[dict[str, object]]:
        await migrate(url)
        await seed(url)
        return await demo_orders(url) if what == "orders" else []

    orders = asyncio.run(prepare())
    if what == "seed":
        print("The demo shop is there.")
    elif as_json:
        print(json.dumps(orders, indent=1, default=str))
    else:
        for order in orders:
            number, status = order["number"], order["status"]
            print(f"{number}  {status:<18} {order['postcode']}  {order['email']}")
    return 0
