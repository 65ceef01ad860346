"""Write a new migration from what changed in `actions/shop/tables`:

    python -m actions.shop.migrations "what changed"

It compares the models with a scratch SQLite database at the newest revision. Read what it wrote:
renames and changes of data it can't guess.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command

from actions.shop.database import create_engine, writing
from actions.shop.migrations import alembic_config, migrate


async def revise(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        await migrate(url)
        engine = create_engine(url)
        versions = Path(__file__).parent / "versions"
        number = len(list(versions.glob("[0-9]*.py"))) + 1
        async with writing(engine) as connection:
            await connection.run_sync(
                lambda sync: command.revision(
                    alembic_config(sync), message, autogenerate=True, rev_id=f"{number:04}"
                )
            )
        await engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(revise(sys.argv[1]))
