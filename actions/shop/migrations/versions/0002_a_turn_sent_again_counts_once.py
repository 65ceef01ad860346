"""a turn sent again counts once

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identity_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attempt", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_identity_checks_attempt"), ["attempt"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("identity_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_checks_attempt"))
        batch_op.drop_column("attempt")
