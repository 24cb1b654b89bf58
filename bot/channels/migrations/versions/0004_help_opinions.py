"""What readers say of the help centre's answers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "help_opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=100), nullable=False),
        sa.Column("entry_updated", sa.Date(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_help_opinions_entry", "help_opinions", ["entry_id", "created_at"])


def downgrade() -> None:
    op.drop_table("help_opinions")
