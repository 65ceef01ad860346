"""offers, what agents are ready for, whom a contact waits for"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATUS = sa.Enum("available", "on_break", "after_call", name="status", native_enum=False, length=32)
MEDIUM = sa.Enum("voice", "chat", name="medium", native_enum=False, length=32)
OFFER_KIND = sa.Enum("contact", "consult", name="offerkind", native_enum=False, length=32)
OFFER_STATE = sa.Enum(
    *("open", "accepted", "declined", "missed", "withdrawn"),
    name="offerstate",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    with op.batch_alter_table("agents") as batch_op:
        batch_op.add_column(sa.Column("status_since", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("break_reason", sa.String(60), nullable=True))
        batch_op.add_column(sa.Column("next_status", STATUS, nullable=True))
        batch_op.add_column(sa.Column("idle_since", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("misses", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("no_offers_until", MOMENT, nullable=True))
        batch_op.add_column(
            sa.Column("chat_places", sa.Integer(), nullable=False, server_default="3")
        )
        batch_op.add_column(sa.Column("skills", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("groups", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE agents SET status = 'on_break' WHERE status = 'away'")
    with op.batch_alter_table("handoffs") as batch_op:
        batch_op.add_column(sa.Column("medium", MEDIUM, nullable=False, server_default="chat"))
        batch_op.add_column(sa.Column("group", sa.String(60), nullable=True))
        batch_op.add_column(sa.Column("skills", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("own_agent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("own_why", sa.String(20), nullable=True))
        batch_op.add_column(sa.Column("handed_on_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("handed_on_note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("not_to", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("told_due_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("told_position", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("told_places", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("told_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("callback_number", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("dialled_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("wrap_up_until", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("contact_reason", sa.String(60), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_handoffs_own_agent_id_agents"), "agents", ["own_agent_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_handoffs_handed_on_by_agents"), "agents", ["handed_on_by"], ["id"]
        )
    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("handoff_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", OFFER_KIND, nullable=False),
        sa.Column("from_agent_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", OFFER_STATE, nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_offers_handoff_id_handoffs")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_offers_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["from_agent_id"], ["agents.id"], name=op.f("fk_offers_from_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(
        "uq_offers_open",
        "offers",
        ["handoff_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_offers_agent_id_state"), "offers", ["agent_id", "state"])
    op.create_table(
        "consultants",
        sa.Column("handoff_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_consultants_handoff_id_handoffs")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_consultants_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("handoff_id", "agent_id", name=op.f("pk_consultants")),
    )
    op.create_table(
        "order_requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_order_requests_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_order_requests_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["agents.id"], name=op.f("fk_order_requests_answered_by_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_requests")),
    )
    op.create_index(
        op.f("ix_order_requests_answered_at_asked_at"),
        "order_requests",
        ["answered_at", "asked_at"],
    )
    op.create_index(
        op.f("ix_order_requests_conversation_id"), "order_requests", ["conversation_id"]
    )
    op.create_table(
        "named_agents",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_named_agents_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_named_agents")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_tasks_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_tasks_agent_id_agents")),
        sa.ForeignKeyConstraint(["done_by"], ["agents.id"], name=op.f("fk_tasks_done_by_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_done_at_due_at"), "tasks", ["done_at", "due_at"])
    op.create_index(op.f("ix_tasks_conversation_id"), "tasks", ["conversation_id"])
    op.create_index(op.f("ix_tasks_agent_id"), "tasks", ["agent_id"])


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_table("order_requests")
    op.drop_table("consultants")
    op.drop_table("named_agents")
    op.drop_table("offers")
    with op.batch_alter_table("handoffs") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_handoffs_own_agent_id_agents"), type_="foreignkey")
        for column in (
            *("contact_reason", "wrap_up_until", "dialled_at", "callback_number", "told_at"),
            *("told_places", "told_position", "told_due_at"),
            *(
                "not_to",
                "handed_on_note",
                "handed_on_by",
                "own_why",
                "own_agent_id",
                "skills",
                "group",
                "medium",
            ),
        ):
            batch_op.drop_column(column)
    op.execute("UPDATE agents SET status = 'away' WHERE status <> 'available'")
    with op.batch_alter_table("agents") as batch_op:
        for column in (
            *("groups", "skills", "chat_places", "no_offers_until", "misses", "idle_since"),
            *("next_status", "break_reason", "status_since"),
        ):
            batch_op.drop_column(column)
