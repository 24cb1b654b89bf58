"""Alembic's entry for the chat database."""

from bot.channels import help_tables  # noqa: F401  (puts its tables beside the others)
from bot.channels.messenger import tables  # noqa: F401
from bot.channels.tables import Base
from wire.migrations import run_environment

run_environment(Base.metadata, version_table="chat_schema_version")
