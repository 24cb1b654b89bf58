"""Reports of the plain form that wait for escalation"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_reports",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("chat_id", sa.String(length=36), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ticket", sa.String(length=30), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_kept_reports_state", "kept_reports", ["state"])


def downgrade() -> None:
    op.drop_table("kept_reports")
