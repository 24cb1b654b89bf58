"""The Messenger channel: people, events in, messages out, the state of the Page"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messenger_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.String(length=40), nullable=False),
        sa.Column("psid", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=10), nullable=False),
        sa.Column("owner_until", sa.Float(), nullable=False),
        sa.Column("customer_at", sa.Float(), nullable=False),
        sa.Column("spoke_at", sa.Float(), nullable=False),
        sa.Column("introduce", sa.Boolean(), nullable=False),
        sa.Column("intake_until", sa.Float(), nullable=False),
        sa.Column("sending_until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("page_id", "psid"),
    )
    op.create_table(
        "messenger_threads",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["messenger_people.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("ix_messenger_threads_person_id", "messenger_threads", ["person_id"])
    _events()
    _outgoing()
    op.create_table(
        "messenger_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next_send_at", sa.Float(), nullable=False),
        sa.Column("paused_until", sa.Float(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("alarm", sa.String(length=20), nullable=True),
        sa.Column("alarm_detail", sa.String(length=300), nullable=True),
        sa.Column("alarm_since", sa.Float(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("checked_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "channel_heartbeats",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _events() -> None:
    op.create_table(
        "messenger_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("page_id", sa.String(length=40), nullable=False),
        sa.Column("psid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("hidden", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_messenger_events_due", "messenger_events", ["state", "lane", "due_at"])
    op.create_index("ix_messenger_events_person", "messenger_events", ["psid", "state"])


def _outgoing() -> None:
    op.create_table(
        "messenger_outgoing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("human", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("sending_at", sa.Float(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("delivered_at", sa.Float(), nullable=True),
        sa.Column("read_at", sa.Float(), nullable=True),
        sa.Column("mid", sa.String(length=255), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["messenger_people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_messenger_outgoing_due", "messenger_outgoing", ["state", "due_at"])
    op.create_index("ix_messenger_outgoing_person", "messenger_outgoing", ["person_id", "state"])
    op.create_index("ix_messenger_outgoing_mid", "messenger_outgoing", ["mid"])


def downgrade() -> None:
    for table in (
        "channel_heartbeats",
        "messenger_page",
        "messenger_outgoing",
        "messenger_events",
        "messenger_threads",
        "messenger_people",
    ):
        op.drop_table(table)
