"""``flask --app escalation customers|staff``: list, block, deactivate, role, password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from escalation.audit import Actor
from escalation.models import Customer, Role, Staff
from escalation.people import customer_named, member_named, set_active, set_blocked, set_password, set_role
from escalation.staff_members import take_second_factor
from wire.terminal import one_line

InTransaction = Callable[[Callable[[Session], None]], None]


def add_customer_commands(group: AppGroup, in_transaction: InTransaction) -> None:
    """``list``, ``block``, ``unblock``, ``password``."""

    @group.command("list")
    def list_them() -> None:
        """Addresses, name, since when, and whether he is blocked."""

        def show(session: Session) -> None:
            query = select(Customer).options(selectinload(Customer.addresses)).order_by(Customer.name)
            for row in session.scalars(query):
                addresses = ",".join(item.address for item in row.addresses)
                click.echo(
                    one_line(f"{addresses}  {row.name}  since {row.created_at:%Y-%m-%d}{'  blocked' if row.blocked else ''}")
                )

        in_transaction(show)

    def set_state(name: str, blocked: bool, text: str) -> None:
        @group.command(name, help=text)
        @click.argument("email")
        def command(email: str) -> None:
            in_transaction(lambda session: set_blocked(session, customer_named(session, email), blocked))
            click.echo(f"{name}ed {email}")

    set_state("block", True, "He cannot log in any more, and is logged out at once.")
    set_state("unblock", False, "He can log in again.")

    @group.command("password")
    @click.argument("email")
    @click.password_option()
    def password(email: str, password: str) -> None:
        """Another password; asks for it. Logs him out everywhere."""
        in_transaction(lambda session: set_password(session, customer_named(session, email), password))
        click.echo(f"changed the password of {email}")


def add_staff_commands(group: AppGroup, in_transaction: InTransaction) -> None:
    """``list``, ``deactivate``, ``activate``, ``role``, ``password``, ``second-factor-off``."""

    @group.command("list")
    def list_them() -> None:
        """Address, name, role, and whether he is active."""

        def show(session: Session) -> None:
            for row in session.scalars(select(Staff).order_by(Staff.name)):
                click.echo(f"{row.email}  {row.name}  {row.role}{'' if row.active else '  deactivated'}")

        in_transaction(show)

    def set_state(name: str, active: bool, text: str) -> None:
        @group.command(name, help=text)
        @click.argument("email")
        def command(email: str) -> None:
            in_transaction(lambda session: set_active(session, member_named(session, email), active))
            click.echo(f"{name}d {email}")

    set_state("deactivate", False, "He is logged out, cannot log in, gets no notices; his tokens open nothing.")
    set_state("activate", True, "He can log in again.")

    @group.command("second-factor-off")
    @click.argument("email")
    def second_factor_off(email: str) -> None:
        """He lost his authenticator and all recovery codes. Logs him out everywhere."""

        def work(session: Session) -> None:
            take_second_factor(session, member_named(session, email), Actor(None, "command line"), datetime.now(UTC))

        in_transaction(work)
        click.echo(f"{email} has no second factor any more")

    @group.command("role")
    @click.argument("email")
    @click.argument("role", type=click.Choice([role.value for role in Role]))
    def role(email: str, role: str) -> None:
        """Make him an agent or an admin."""
        in_transaction(lambda session: set_role(session, member_named(session, email), Role(role)))
        click.echo(f"{email} is now {role}")

    @group.command("password")
    @click.argument("email")
    @click.password_option()
    def password(email: str, password: str) -> None:
        """Another password; asks for it. Logs him out everywhere."""
        in_transaction(lambda session: set_password(session, member_named(session, email), password))
        click.echo(f"changed the password of {email}")
