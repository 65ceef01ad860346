"""The demo shop's tables. Money is integer cents, moments are UTC, days are the shop's own days.

Deleting follows the parent (`ON DELETE CASCADE`) inside an order and inside a product; customers,
variants and addresses that orders still point to can't be deleted.
"""

from actions.shop.tables.base import Base, Moment
from actions.shop.tables.goods import (
    ProductRow,
    PromotionRow,
    StockRow,
    VariantRow,
    WarehouseRow,
)
from actions.shop.tables.orders import (
    AddressRow,
    AllocationRow,
    CustomerRow,
    OrderItemRow,
    OrderRow,
    ShipmentItemRow,
    ShipmentRow,
    TrackingEventRow,
)
from actions.shop.tables.service import (
    ComplaintRow,
    DemoSeedRow,
    DoneTurnRow,
    GrantRow,
    IdentityCheckRow,
    OutboxRow,
    ReservationRow,
    ReturnItemRow,
    ReturnRow,
)

__all__ = [
    "AddressRow",
    "AllocationRow",
    "Base",
    "ComplaintRow",
    "CustomerRow",
    "DemoSeedRow",
    "DoneTurnRow",
    "GrantRow",
    "IdentityCheckRow",
    "Moment",
    "OrderItemRow",
    "OrderRow",
    "OutboxRow",
    "ProductRow",
    "PromotionRow",
    "ReservationRow",
    "ReturnItemRow",
    "ReturnRow",
    "ShipmentItemRow",
    "ShipmentRow",
    "StockRow",
    "TrackingEventRow",
    "VariantRow",
    "WarehouseRow",
]
