"""the rank in the queue"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("handoffs", sa.Column("ranks_at", MOMENT, nullable=True))
    op.execute("UPDATE handoffs SET ranks_at = asked_at")
    with op.batch_alter_table("handoffs") as batch_op:
        batch_op.alter_column("ranks_at", existing_type=MOMENT, nullable=False)
        batch_op.create_index(
            batch_op.f("ix_handoffs_state_ranks_at"), ["state", "ranks_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("handoffs") as batch_op:
        batch_op.drop_index(batch_op.f("ix_handoffs_state_ranks_at"))
        batch_op.drop_column("ranks_at")
