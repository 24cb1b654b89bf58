"""Alembic's entry for escalation's database."""

from escalation import chat_models, messenger_models  # noqa: F401  (their tables belong to the same metadata)
from escalation.models import Base
from wire.migrations import run_environment

run_environment(Base.metadata, version_table="escalation_schema_version")
