"""Conversations: drafts, codes, attachments, events; customers' services; vectors and promises of tickets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)
SERVICES = {"customer_domains": 253, "customer_mailboxes": 254}


def upgrade() -> None:
    # Columns are added and dropped in place: a batch would make the table anew on SQLite, and its rows are referred to.
    op.add_column("tickets", sa.Column("vector", sa.LargeBinary(), nullable=True))
    op.add_column("tickets", sa.Column("promised_at", MOMENT, nullable=True))
    op.add_column("tickets", sa.Column("promise_basis", sa.JSON(), nullable=True))
    op.add_column("ticket_messages", sa.Column("idempotency_key", sa.String(length=100), nullable=True))
    op.create_index("ix_ticket_messages_key", "ticket_messages", ["ticket_id", "idempotency_key"], unique=True)

    for table, length in SERVICES.items():
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("customer_id", sa.String(length=36), nullable=False),
            sa.Column("name", sa.String(length=length), nullable=False),
            sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
            sa.PrimaryKeyConstraint("id"),
            sa.UniqueConstraint("customer_id", "name"),
        )

    op.create_table(
        "drafts",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("area", sa.String(length=10), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("shown_entries", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("ix_drafts_customer_id", "drafts", ["customer_id"])
    op.create_index("ix_drafts_key", "drafts", ["key"])

    op.create_table(
        "login_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_login_codes_account_at", "login_codes", ["account", "created_at"])
    op.create_index("ix_login_codes_conversation_at", "login_codes", ["conversation_id", "created_at"])

    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["ticket_messages.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attachments_ticket_id", "attachments", ["ticket_id"])
    op.create_index("ix_attachments_waiting", "attachments", ["conversation_id", "ticket_id"])

    op.create_table(
        "conversation_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_conversation_events_conversation_id", "conversation_events", ["conversation_id"])
    op.create_index("ix_conversation_events_kind_at", "conversation_events", ["kind", "at"])


def downgrade() -> None:
    for table in ("conversation_events", "attachments", "login_codes", "drafts", *SERVICES):
        op.drop_table(table)
    op.drop_index("ix_ticket_messages_key", "ticket_messages")
    op.drop_column("ticket_messages", "idempotency_key")
    for column in ("promise_basis", "promised_at", "vector"):
        op.drop_column("tickets", column)
