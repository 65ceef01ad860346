"""the language of a leg"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LANGUAGE = sa.String(length=12)


def upgrade() -> None:
    op.add_column("legs", sa.Column("language", LANGUAGE, nullable=True))
    op.execute(
        "UPDATE legs SET language = (SELECT conversations.language FROM conversations "
        "WHERE conversations.id = legs.conversation_id)"
    )
    with op.batch_alter_table("legs") as batch_op:
        batch_op.alter_column("language", existing_type=LANGUAGE, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("legs") as batch_op:
        batch_op.drop_column("language")
