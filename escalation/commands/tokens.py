"""``flask --app escalation tokens``: credentials for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from escalation import api_tokens
from escalation.api_tokens import Scope
from escalation.people import member_named

InTransaction = Callable[[Callable[[Session], None]], None]


def group(in_transaction: InTransaction) -> AppGroup:
    """The commands ``add``, ``list`` and ``revoke``."""
    made = AppGroup("tokens", help="Credentials of programs that use /api/v1.")
    made.add_command(_add(in_transaction))

    @made.command("list")
    def list_them() -> None:
        """Name, scopes, who answers for it, when it was last used."""

        def show(session: Session) -> None:
            for row in api_tokens.every(session):
                state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "live"
                used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
                click.echo(f"{row.name}  {state}  {','.join(row.scopes)}  {row.staff.email}  last used: {used}")

        in_transaction(show)

    @made.command("revoke")
    @click.argument("name")
    def revoke(name: str) -> None:
        """It opens nothing from now on."""
        in_transaction(lambda session: _revoked(session, name))
        click.echo(f"revoked {name}")

    return made


def _add(in_transaction: InTransaction) -> click.Command:
    @click.command("add")
    @click.option("--name", required=True, help="What it is for: CRM, billing, …")
    @click.option("--staff", "email", required=True, help="E-mail of the member of staff it acts for.")
    @click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
    def add(name: str, email: str, scopes: tuple[str, ...]) -> None:
        """A new token, printed once and stored nowhere."""

        def work(session: Session) -> None:
            owner = member_named(session, email)
            _, secret = api_tokens.issue(session, name, owner, map(Scope, scopes), datetime.now(UTC))
            click.echo(secret)

        in_transaction(work)

    return add


def _revoked(session: Session, name: str) -> None:
    api_tokens.revoke(session, name, datetime.now(UTC))
