"""``flask --app escalation …``: the schema, customers, staff, the demo's log-ins."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from escalation.commands import people, tokens, upkeep
from escalation.commands.failing import no_database
from escalation.customers import register_customer, register_staff
from escalation.errors import DeskError
from escalation.models import Customer, Role, Staff
from escalation.passwords import new_password
from escalation.services import add_services, several
from escalation.settings import Settings
from wire.migrations import upgrade

DEMO_SERVICES = {
    "domains": "sudominio.com.ar sutienda.com.ar",
    "mailboxes": "info@sudominio.com.ar ventas@sudominio.com.ar pedidos@sutienda.com.ar",
}
SCRIPTS = Path(__file__).with_name("migrations")


def register(app: Flask, engine: Engine, settings: Settings) -> None:
    """Put the commands on ``app``."""

    def in_transaction(work: Callable[[Session], None]) -> None:
        try:
            with Session(engine) as session, session.begin():
                work(session)
        except DeskError as wrong:
            raise click.ClickException(str(wrong)) from wrong
        except (OperationalError, ProgrammingError) as wrong:
            raise click.ClickException(no_database(settings.database_url, wrong)) from wrong

    @app.cli.command("migrate")
    def migrate() -> None:
        """Bring the database to the newest schema."""
        upgrade(settings.database_url, SCRIPTS)

    @app.cli.command("demo")
    @click.argument("file", type=click.Path(path_type=Path))
    def demo(file: Path) -> None:
        """On an empty database of a trial: one customer, one agent, one admin with random passwords, written to FILE."""
        if not settings.is_trial:
            click.echo("no demo log-ins in production: register staff with `flask --app escalation staff add`")
            return
        in_transaction(lambda session: _make_demo(session, file))

    app.cli.add_command(_customers_group(in_transaction))
    app.cli.add_command(_staff_group(in_transaction))
    app.cli.add_command(tokens.group(in_transaction))
    upkeep.register(app, engine, settings, SCRIPTS)


def _customers_group(in_transaction: Callable[[Callable[[Session], None]], None]) -> AppGroup:
    group = AppGroup("customers", help="Register customers.")

    @group.command("add")
    @click.option("--email", required=True)
    @click.option("--name", required=True)
    @click.option("--domain", "--domains", "domains", multiple=True, help="A domain of his; may be repeated.")
    @click.option("--mailbox", "--mailboxes", "mailboxes", multiple=True, help="A mail account of his; may be repeated.")
    @click.password_option()
    def add(email: str, name: str, domains: tuple[str, ...], mailboxes: tuple[str, ...], password: str) -> None:
        """One customer; asks for the password."""
        row = {"email": email, "name": name, "password": password}
        services = {"domains": " ".join(domains), "mailboxes": " ".join(mailboxes)}
        in_transaction(lambda session: _register(session, {**row, **services}))
        click.echo(f"registered {email}")

    @group.command("import")
    @click.argument("file", type=click.Path(exists=True, path_type=Path))
    def import_file(file: Path) -> None:
        """Many, from a CSV with the columns email, name, password and, if you like, domains, mailboxes; all or none.

        Several domains or mailboxes of one customer are separated by spaces or semicolons.
        """
        rows = _rows_of(file)

        def work(session: Session) -> None:
            for number, row in enumerate(rows, start=2):
                try:
                    _register(session, row)
                except KeyError as missing:
                    raise click.ClickException(f"{file}: the column {missing} is missing") from missing
                except DeskError as wrong:
                    raise click.ClickException(f"{file} line {number}: {wrong}") from wrong

        in_transaction(work)
        click.echo(f"registered {len(rows)} customers")

    people.add_customer_commands(group, in_transaction)
    return group


def _rows_of(file: Path) -> list[dict[str, str]]:
    """Of a table as spreadsheets here save it: UTF-8, with or without the mark that Excel puts first; commas or semicolons."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise click.ClickException(f"{file} is not UTF-8: save it as «CSV UTF-8»") from wrong
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def _register(session: Session, row: Mapping[str, str]) -> None:
    customer = register_customer(session, row["email"], row["name"], row["password"], datetime.now(UTC))
    add_services(session, customer, several(row.get("domains")), several(row.get("mailboxes")))


def _staff_group(in_transaction: Callable[[Callable[[Session], None]], None]) -> AppGroup:
    group = AppGroup("staff", help="Register staff.")

    @group.command("add")
    @click.option("--email", required=True)
    @click.option("--name", required=True)
    @click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.AGENT.value)
    @click.password_option()
    def add(email: str, name: str, role: str, password: str) -> None:
        """One agent or admin; asks for the password."""
        in_transaction(lambda session: _discard(register_staff(session, email, name, Role(role), password)))
        click.echo(f"registered {email} as {role}")

    people.add_staff_commands(group, in_transaction)
    return group


def _discard(_: object) -> None:
    return None


def _make_demo(session: Session, file: Path) -> None:
    if session.scalar(select(Customer.id).limit(1)) or session.scalar(select(Staff.id).limit(1)):
        return
    people = {
        "customer": {"email": "cliente@sudominio.com.ar", "password": new_password()},
        "agent": {"email": "agente@csiserver.com", "password": new_password()},
        "admin": {"email": "admin@csiserver.com", "password": new_password()},
    }
    # The file first: log-ins that nobody knows would be of no use, and the database would not be empty any more.
    file.touch(mode=0o600)
    file.write_text(json.dumps(people, indent=2) + "\n", encoding="utf-8")
    customer, agent, admin = people.values()
    _register(session, {**customer, "name": "Carla Medina", **DEMO_SERVICES})
    register_staff(session, agent["email"], "Agustín Pereyra", Role.AGENT, agent["password"])
    register_staff(session, admin["email"], "Adriana Sosa", Role.ADMIN, admin["password"])
