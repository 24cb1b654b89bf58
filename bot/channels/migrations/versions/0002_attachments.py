"""Files that customers send, until escalation has them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "chat_attachments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("forwarded_at", MOMENT, nullable=True),
        sa.Column("busy_until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_chat_attachments_conversation_id", "chat_attachments", ["conversation_id"])
    op.create_index("ix_chat_attachments_forwarded_at", "chat_attachments", ["forwarded_at"])


def downgrade() -> None:
    op.drop_table("chat_attachments")
