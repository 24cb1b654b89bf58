"""Incoming mail: mails, how far mailboxes were read, dead addresses, staff's choice of a digest"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "inbound_mails",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("mailbox", sa.String(length=300), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("raw_path", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("subject_key", sa.String(length=300), nullable=False),
        sa.Column("written_at", sa.String(length=100), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("verdict_detail", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("processed_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("released_by", sa.String(length=36), nullable=True),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("ticket_message_id", sa.Integer(), nullable=True),
        sa.Column("full_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["ticket_message_id"], ["ticket_messages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_inbound_mails_due", "inbound_mails", ["state", "due_at"])
    op.create_index("ix_inbound_mails_sender", "inbound_mails", ["sender", "received_at"])
    op.create_index("ix_inbound_mails_ticket", "inbound_mails", ["ticket_id", "received_at"])

    op.create_table(
        "mail_cursors",
        sa.Column("mailbox", sa.String(length=300), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("alarmed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("mailbox"),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "staff_mail_choices",
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("digest_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    # The caps count what was lately sent to whom.
    op.create_index("ix_outbox_recipient", "outbox", ["recipient", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_outbox_recipient", "outbox")
    for table in ("staff_mail_choices", "dead_addresses", "mail_cursors", "inbound_mails"):
        op.drop_table(table)
