"""Alembic runs this; the connection comes from `migrate` (or `__main__`), which owns the
transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum

from actions.shop.migrations import VERSION_TABLE
from actions.shop.tables import Base, Moment


def plain_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration says what the database holds: it must not change when our classes do."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_item=plain_types,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
