"""The demo shop, "Juniper Outdoor": its database, its goods, and the backend that answers from it.

await migrate(url)          # bring the schema up to date
await seed(url)             # fill it once, keep its dates relative to today
shop = SqlShop(url)         # an actions.backend.ShopBackend
"""

from actions.shop.identity import IdentityLimits
from actions.shop.listing import demo_orders
from actions.shop.migrations import migrate
from actions.shop.seed import NotEmpty, Seeding, seed
from actions.shop.sql_shop import SqlShop

__all__ = ["IdentityLimits", "NotEmpty", "Seeding", "SqlShop", "demo_orders", "migrate", "seed"]
