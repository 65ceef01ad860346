"""What the shop sells and where it lies."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.shop.tables.base import Base


class ProductRow(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    """The part of the name that tells it from others of its kind: "Alder"."""
    name: Mapped[str] = mapped_column(String(120), unique=True)
    category: Mapped[str] = mapped_column(String(60), index=True)
    description: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(String(3))

    variants: Mapped[list[VariantRow]] = relationship(
        back_populates="product", order_by="VariantRow.id"
    )


class VariantRow(Base):
    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("price_cents > 0", name="price"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    colour: Mapped[str | None] = mapped_column(String(30))
    size: Mapped[str | None] = mapped_column(String(20))
    price_cents: Mapped[int]

    product: Mapped[ProductRow] = relationship(back_populates="variants")
    stock: Mapped[list[StockRow]] = relationship()


class WarehouseRow(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(2))
    pickup: Mapped[bool]
    """A shop where customers can collect."""


class StockRow(Base):
    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("on_hand >= 0", name="on_hand"),)

    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"), primary_key=True)
    on_hand: Mapped[int]
    """Free to sell: what orders and reservations hold is not in it."""
    restock_on: Mapped[date | None]


class PromotionRow(Base):
    __tablename__ = "promotions"
    __table_args__ = (CheckConstraint("percent_off BETWEEN 1 AND 90", name="percent_off"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    percent_off: Mapped[int]
    category: Mapped[str | None] = mapped_column(String(60))
    """Only for lines of this category; None: for the whole order."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
