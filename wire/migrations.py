"""Alembic for two rooms with one way of running it; each room keeps its own history and version table."""

from __future__ import annotations

from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData

from wire.database import new_engine


def config(url: str, scripts: Path) -> Config:
    """Alembic's configuration for the database at ``url`` and the folder ``scripts``; no ini file."""
    made = Config()
    made.set_main_option("script_location", str(scripts))
    made.attributes["url"] = url
    return made


def upgrade(url: str, scripts: Path) -> None:
    """Bring the database to the newest schema."""
    command.upgrade(config(url, scripts), "head")


def run_environment(metadata: MetaData, version_table: str) -> None:
    """The body of each room's ``env.py``."""
    engine = new_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=version_table,
            render_as_batch=True,
            user_module_prefix="wire.database.",
            include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
