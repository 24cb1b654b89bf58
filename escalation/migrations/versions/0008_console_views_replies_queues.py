"""Views and answers that staff keep; indexes by which each queue is read from where a page ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = wire.database.UtcDateTime(timezone=True)
INDEXES = {
    "ix_tickets_status_promised": ["status", "promised_at", "id"],
    "ix_tickets_status_created": ["status", "created_at", "id"],
    "ix_tickets_assignee_updated": ["assignee_id", "status", "updated_at", "id"],
    "ix_tickets_assignee_promised": ["assignee_id", "status", "promised_at", "id"],
    "ix_tickets_customer_created": ["customer_id", "created_at", "id"],
}


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_views_staff_id", "saved_views", ["staff_id"])
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=10), nullable=True),
        sa.Column("changed_by_id", sa.String(length=36), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("title"),
    )
    # The first columns of a wider one below.
    op.drop_index("ix_tickets_assignee_status", "tickets")
    op.drop_index("ix_tickets_customer_id", "tickets")
    for name, columns in INDEXES.items():
        op.create_index(name, "tickets", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "tickets")
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"])
    op.create_index("ix_tickets_assignee_status", "tickets", ["assignee_id", "status"])
    op.drop_table("saved_replies")
    op.drop_table("saved_views")
