"""what a customer may change

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


REASONS = {
    "Too small": "too_small",
    "Too large": "too_large",
    "Not as expected": "not_as_expected",
    "Changed my mind": "changed_mind",
    "Arrived damaged": "damaged",
    "Wrong item": "wrong_item",
}
"""What the demo shop wrote into `returns.reason` before, and the words for it now."""


def upgrade() -> None:
    op.create_table(
        "done_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_done_turns")),
        sa.UniqueConstraint(
            "turn_id", "method", "subject", name=op.f("uq_done_turns_turn_id_method_subject")
        ),
    )
    with op.batch_alter_table("done_turns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_done_turns_at"), ["at"], unique=False)

    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_reservations_variant_id")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_reservations_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reservations_code"), ["code"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_reservations_released_at_until"), ["released_at", "until"], unique=False
        )

    op.create_table(
        "complaints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_complaints_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_complaints_order_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("reference", name=op.f("uq_complaints_reference")),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_grants_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_grants_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("code", name=op.f("uq_grants_code")),
        sa.UniqueConstraint(
            "order_id", "kind", "reason", name=op.f("uq_grants_order_id_kind_reason")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_outbox_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "allocations",
        sa.Column("order_item_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_allocations_quantity")),
        sa.ForeignKeyConstraint(
            ["order_item_id"],
            ["order_items.id"],
            name=op.f("fk_allocations_order_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_allocations_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("order_item_id", "warehouse_id", name=op.f("pk_allocations")),
    )
    # Only what SQLite can add in place: made anew, a table would lose what cascades from it.
    op.add_column(
        "addresses", sa.Column("in_book", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "orders", sa.Column("paid", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "returns", sa.Column("rma", sa.String(length=10), server_default="", nullable=False)
    )
    op.add_column(
        "returns", sa.Column("wish", sa.String(length=20), server_default="refund", nullable=False)
    )

    orders = sa.table("orders", sa.column("state"), sa.column("paid"))
    op.execute(orders.update().where(orders.c.state == "awaiting_payment").values(paid=sa.false()))
    op.execute(
        "UPDATE returns SET rma = 'RMA-' || "
        "CAST(100000 + (CAST(id % 900000 AS BIGINT) * 523489 + 271828) % 900000 AS VARCHAR(6))"
    )
    op.create_index("ix_returns_rma", "returns", ["rma"], unique=True)
    returns = sa.table("returns", sa.column("reason"))
    words = sa.case(REASONS, value=returns.c.reason, else_="other")
    op.execute(returns.update().values(reason=words))


def downgrade() -> None:
    returns = sa.table("returns", sa.column("reason"))
    words = sa.case(
        {new: old for old, new in REASONS.items()}, value=returns.c.reason, else_="Other"
    )
    op.execute(returns.update().values(reason=words))
    op.drop_index("ix_returns_rma", "returns")
    op.drop_column("returns", "wish")
    op.drop_column("returns", "rma")
    op.drop_column("orders", "paid")
    op.drop_column("addresses", "in_book")

    op.drop_table("allocations")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_sent_at"))

    op.drop_table("outbox")
    op.drop_table("grants")
    op.drop_table("complaints")
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservations_released_at_until"))
        batch_op.drop_index(batch_op.f("ix_reservations_code"))

    op.drop_table("reservations")
    with op.batch_alter_table("done_turns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_done_turns_at"))

    op.drop_table("done_turns")
