"""Start-up, schema, commands and health of the escalation service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.cli import SCRIPTS
from escalation.customers import register_customer
from escalation.models import WORKER, Base, Customer, Heartbeat, Staff, Ticket
from escalation.services import add_services
from escalation.settings import Settings
from tests import databases
from tests.escalation.conftest import AREA_URL
from tests.escalation.test_tickets import MAIL_REPORT
from wire.database import new_engine
from wire.migrations import config, upgrade
from wire.networks import network_of
from wire.settings import MissingSetting

SECRETS = ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET")


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "set")
    Settings.from_environment()
    monkeypatch.delenv(missing)
    with pytest.raises(MissingSetting, match=missing):
        Settings.from_environment()


def test_the_migrations_make_the_schema_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        # Search keeps its own tables current by triggers; no model speaks of them.
        ours = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("search_")}
        context = MigrationContext.configure(connection, opts={"version_table": "escalation_schema_version", **ours})
        assert compare_metadata(context, Base.metadata) == []


def test_a_migration_with_tickets_in_the_house_goes_back_and_forth(server_url: str | None, tmp_path: Path) -> None:
    with databases.fresh(tmp_path, server_url) as url:
        upgrade(url, SCRIPTS)
        engine = new_engine(url)
        with Session(engine) as session:
            customer = register_customer(session, "ana@x.com.ar", "Ana", "una clave larga", datetime.now(UTC))
            ticket, _ = tickets.open_ticket(session, customer, MAIL_REPORT, "k", AREA_URL, datetime.now(UTC))
            tickets.reply_as_customer(session, ticket, "Sigue igual.", datetime.now(UTC))
            session.commit()
        engine.dispose()
        command.downgrade(config(url, SCRIPTS), "0001")
        upgrade(url, SCRIPTS)
        with Session(engine) as session:
            assert [message.body for message in session.scalars(select(Ticket)).one().messages] == ["Sigue igual."]
        engine.dispose()


def test_there_is_one_migration_head() -> None:
    assert len(ScriptDirectory.from_config(config("sqlite://", SCRIPTS)).get_heads()) == 1


def test_demo_log_ins_are_made_once_and_only_on_an_empty_database(app: Flask, session: Session, tmp_path: Path) -> None:
    runner, file = app.test_cli_runner(), tmp_path / "logins.json"
    assert runner.invoke(args=["demo", str(file)]).exit_code == 0
    first = file.read_text()
    assert set(json.loads(first)) == {"customer", "agent", "admin"}
    assert file.stat().st_mode & 0o077 == 0
    assert runner.invoke(args=["demo", str(file)]).exit_code == 0
    assert file.read_text() == first
    assert len(session.scalars(select(Staff)).all()) == 2
    customer = session.scalars(select(Customer)).one()
    assert (len(customer.domains), len(customer.mailboxes)) == (2, 3)


def test_customers_are_imported_all_or_none_with_the_bad_line_named(app: Flask, session: Session, tmp_path: Path) -> None:
    runner, file = app.test_cli_runner(), tmp_path / "customers.csv"
    file.write_text("email,name,password\nana@x.com.ar,Ana,una clave larga\nno-es-mail,Beto,una clave larga\n")
    failed = runner.invoke(args=["customers", "import", str(file)])
    assert failed.exit_code == 1 and "line 3" in failed.output
    assert session.scalars(select(Customer)).all() == []
    session.rollback()
    file.write_text("email,name,password\nana@x.com.ar,Ana,una clave larga\n")
    assert runner.invoke(args=["customers", "import", str(file)]).exit_code == 0
    assert [customer.name for customer in session.scalars(select(Customer))] == ["Ana"]


def test_customers_come_with_their_services_where_the_file_has_them(app: Flask, session: Session, tmp_path: Path) -> None:
    runner, file = app.test_cli_runner(), tmp_path / "customers.csv"
    header = "email,name,password,domains,mailboxes\n"
    for domains, mailboxes in (("x.com.ar no_es_dominio!", ""), ("localhost", ""), ("x.com.ar", "no-es-mail")):
        file.write_text(f"{header}ana@x.com.ar,Ana,una clave larga,{domains},{mailboxes}\n")
        failed = runner.invoke(args=["customers", "import", str(file)])
        assert failed.exit_code == 1 and "line 2" in failed.output
    rows = "ana@x.com.ar,Ana,una clave larga,www.X.com.ar. ñandú.com.ar x.com.ar,Ventas@x.com.ar;a@x.com.ar\n"
    file.write_text(f"{header}{rows}beto@y.com.ar,Beto,una clave larga\n")
    assert runner.invoke(args=["customers", "import", str(file)]).exit_code == 0
    ana, beto = session.scalars(select(Customer).order_by(Customer.name))
    assert [item.name for item in ana.domains] == ["x.com.ar", "ñandú.com.ar"]
    assert [item.name for item in ana.mailboxes] == ["a@x.com.ar", "ventas@x.com.ar"]
    assert (beto.domains, beto.mailboxes) == ([], [])


def test_a_customer_is_added_with_services_and_they_are_added_to(app: Flask, session: Session) -> None:
    person = ["--email", "ana@x.com.ar", "--name", "Ana", "--password", "una clave larga"]
    services = ["--domain", "x.com.ar", "--domain", "y.com.ar", "--mailbox", "info@x.com.ar"]
    assert app.test_cli_runner().invoke(args=["customers", "add", *person, *services]).exit_code == 0
    ana = session.scalars(select(Customer)).one()
    add_services(session, ana, ["X.com.ar", "z.com.ar"], ["info@x.com.ar"])
    session.commit()
    assert {item.name for item in ana.domains} == {"x.com.ar", "y.com.ar", "z.com.ar"}
    assert [item.name for item in ana.mailboxes] == ["info@x.com.ar"]


def test_staff_are_added_with_a_role(app: Flask, session: Session) -> None:
    arguments = ["staff", "add", "--email", "a@csiserver.com", "--name", "A", "--role", "admin", "--password", "una clave larga"]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
    assert session.scalars(select(Staff)).one().role == "admin"


@pytest.mark.parametrize(("age", "status"), [(timedelta(seconds=5), 200), (timedelta(minutes=5), 503), (None, 503)])
def test_health_tells_whether_the_worker_lives(app: Flask, session: Session, age: timedelta | None, status: int) -> None:
    if age is not None:
        session.add(Heartbeat(name=WORKER, at=datetime.now(UTC) - age))
        session.commit()
    answer = app.test_client().get("/health")
    assert answer.status_code == status
    assert set(answer.json["parts"]) == {"escalation", "database", "worker"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("190.2.3.4", "190.2.3.4"),
        ("2800:810:1:2:aaaa::1", "2800:810:1:2::/64"),
        ("2800:810:1:2:bbbb::9", "2800:810:1:2::/64"),
        ("-", "-"),
    ],
)
def test_one_sender_is_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(("proxies", "status"), [(1, 401), (0, 429)])
def test_senders_behind_our_own_proxy_are_told_apart_and_claims_of_strangers_are_not_believed(
    settings: Settings, engine: Engine, proxies: int, status: int
) -> None:
    from dataclasses import replace

    from escalation import create_app
    from tests.escalation.conftest import conversation

    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()

    def attempt(sender: str) -> int:
        body = {"email": "x@y.com.ar", "password": "adivino"}
        headers = {**conversation("c"), "X-Forwarded-For": sender}
        return client.post("/api/v1/conversation-login", json=body, headers=headers).status_code

    assert [attempt("190.1.1.1") for _ in range(6)][-1] == 429
    assert attempt("190.2.2.2") == status


def test_errors_of_the_database_do_not_show_what_people_wrote(engine: Engine) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    with Session(engine) as session:
        session.add(Customer(name="x" * 10, password_hash=None, created_at=datetime.now(UTC)))
        with pytest.raises(SQLAlchemyError) as failed:
            session.flush()
    assert "xxxxxxxxxx" not in str(failed.value).split("DETAIL")[0]
