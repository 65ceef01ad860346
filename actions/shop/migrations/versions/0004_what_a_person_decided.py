"""what a person decided

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("grants") as batch_op:
        batch_op.add_column(sa.Column("decided_by", sa.String(length=120), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_grants_order_id_kind_reason"), type_="unique")
        batch_op.create_index(batch_op.f("ix_grants_order_id"), ["order_id"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM grants WHERE id NOT IN "
        "(SELECT MIN(id) FROM grants GROUP BY order_id, kind, reason)"
    )
    with op.batch_alter_table("grants") as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_order_id"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_grants_order_id_kind_reason"), ["order_id", "kind", "reason"]
        )
        batch_op.drop_column("decided_by")
