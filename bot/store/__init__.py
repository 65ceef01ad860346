"""The contact centre's own database: tables, migrations, connections."""

from bot.store import desk_tables as desk_tables  # rows of one file refer to those of the other
from bot.store import tables as tables
