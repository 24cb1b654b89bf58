"""Tickets: priority, assignee, merging, pausing promises; tags, watchers, links, presence, drafts, holds; full-text search"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

import wire.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
MOMENT = wire.database.UtcDateTime(timezone=True)
TABLES = ("answer_holds", "answer_drafts", "ticket_presence", "ticket_links", "ticket_watchers", "ticket_tags")
COLUMNS = ("promise_warned_at", "promise_left", "merged_into_id", "assignee_id", "priority", "status_at")
SEARCHED = ("tickets", "ticket_messages", "customers", "customer_addresses", "customer_domains", "customer_mailboxes")
FUNCTIONS = ("tickets_changed", "messages_changed", "customers_changed", "services_changed", "addresses_changed")
INDEXES = ("ix_tickets_assignee_status", "ix_tickets_merged_into_id", "ix_tickets_promised_at")


def upgrade() -> None:
    # Columns are added in place: a batch would make the table anew on SQLite, and its rows are referred to.
    op.add_column("tickets", sa.Column("status_at", MOMENT, nullable=False, server_default="1970-01-01 00:00:00+00:00"))
    op.add_column("tickets", sa.Column("priority", sa.String(length=10), nullable=False, server_default="normal"))
    staff = sa.Column("assignee_id", sa.String(length=36), sa.ForeignKey("staff.id"), nullable=True)
    target = sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=True)
    for column in (staff, target):
        op.add_column("tickets", column, inline_references=True)
    op.add_column("tickets", sa.Column("promise_left", sa.Integer(), nullable=True))
    op.add_column("tickets", sa.Column("promise_warned_at", MOMENT, nullable=True))
    op.create_index("ix_tickets_assignee_status", "tickets", ["assignee_id", "status"])
    op.create_index("ix_tickets_merged_into_id", "tickets", ["merged_into_id"])
    op.create_index("ix_tickets_promised_at", "tickets", ["promised_at"])
    op.add_column("ticket_messages", sa.Column("held_until", MOMENT, nullable=True))
    op.execute("UPDATE tickets SET status_at = updated_at")
    # A promise that was kept, or whose ticket is not staff's to answer, must not be broken now.
    op.execute(
        "UPDATE tickets SET promised_at = NULL WHERE status NOT IN ('new', 'open') OR EXISTS (SELECT 1 FROM ticket_messages"
        " WHERE ticket_id = tickets.id AND author = 'staff' AND NOT internal)"
    )
    _labels_and_followers()
    _answers()
    search = (SQL / f"0003_search_{op.get_bind().dialect.name}.sql").read_text(encoding="utf-8")
    for statement in search.strip().split("\n\n"):
        op.get_bind().exec_driver_sql(statement)


def _labels_and_followers() -> None:
    op.create_table(
        "ticket_tags",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "name"),
    )
    op.create_index("ix_ticket_tags_name", "ticket_tags", ["name"])
    op.create_table(
        "ticket_watchers",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id"),
    )
    op.create_table(
        "ticket_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "other_id"),
    )
    op.create_index("ix_ticket_links_other_id", "ticket_links", ["other_id"])
    op.create_table(
        "ticket_presence",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("wrote_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id"),
    )


def _answers() -> None:
    op.create_table(
        "answer_drafts",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id"),
    )
    op.create_table(
        "answer_holds",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("status_event_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["ticket_messages.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("message_id"),
    )


def downgrade() -> None:
    _forget_search()
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("ticket_messages", "held_until")
    for index in INDEXES:
        op.drop_index(index, "tickets")
    for column in COLUMNS:
        op.drop_column("tickets", column)


def _forget_search() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in SEARCHED:
        for event in ("insert", "update", "delete") if is_sqlite else ():
            op.execute(f"DROP TRIGGER search_{table}_{event}")
        if not is_sqlite:
            op.execute(f"DROP TRIGGER search_{table} ON {table}")
    for view in ("search_ticket_texts", "search_customer_texts"):
        op.execute(f"DROP VIEW {view}")
    for table in ("search_ticket_words", "search_customer_words") if is_sqlite else ():
        op.drop_table(table)
    for table in ("search_tickets", "search_customers"):
        op.drop_table(table)
    for name in (*FUNCTIONS, "refresh_tickets", "refresh_customers", "words", "values") if not is_sqlite else ():
        op.execute(f"DROP FUNCTION search_{name}")
