"""Account linking of Messenger, and alarms of the chat channels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_links",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_account_links_expires_at", "account_links", ["expires_at"])
    op.create_table(
        "channel_alarms",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )


def downgrade() -> None:
    op.drop_table("channel_alarms")
    op.drop_table("account_links")
