"""Alembic's entry for escalation's database."""

# Their tables belong to the same metadata.
from escalation import area_models, chat_models, console_models, desk_models, integration_models, mail_models, messenger_models  # noqa: F401
from escalation.models import Base
from wire.migrations import run_environment

run_environment(Base.metadata, version_table="escalation_schema_version")
