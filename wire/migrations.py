"""Alembic for two rooms with one way of running it; each room keeps its own history and version table."""

from __future__ import annotations

from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
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


def heads(scripts: Path) -> set[str]:
    """The newest revisions of the folder ``scripts``."""
    return set(ScriptDirectory.from_config(config("sqlite://", scripts)).get_heads())


def known(scripts: Path) -> set[str]:
    """All revisions of the folder ``scripts``."""
    return {revision.revision for revision in ScriptDirectory.from_config(config("sqlite://", scripts)).walk_revisions()}


def current(url: str, version_table: str) -> str:
    """The revision at which the database stands; empty where it has no schema."""
    engine = new_engine(url)
    try:
        with engine.connect() as connection:
            return ",".join(MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_heads())
    finally:
        engine.dispose()


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
