"""Backup while others write, restore elsewhere, forgetting, and what the doctor finds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from escalation import attachments, create_app, file_store, tickets
from escalation.chat_models import Attachment, ConversationEvent, Draft, LoginCode
from escalation.cli import SCRIPTS
from escalation.commands.upkeep import folders_of
from escalation.integration_models import FileScan, Webhook
from escalation.mail import raw_store
from escalation.mail_models import InboundMail
from escalation.messenger_models import ChannelAlarm
from escalation.models import (
    WORKER,
    ConversationBond,
    Customer,
    Heartbeat,
    LoginFailure,
    LoginSession,
    OutboxRow,
    Role,
    Staff,
    Status,
    Ticket,
)
from escalation.outbox import DEAD, PENDING, SENT, enqueue_mail
from escalation.settings import Settings
from escalation.upkeep import backup, dumps, retention
from escalation.upkeep.doctor import Case, Level, examine
from escalation.upkeep.dumps import CannotDo
from tests import databases
from tests.escalation.conftest import AREA_URL, NOW
from tests.escalation.test_tickets import MAIL_REPORT, opened
from tests.pictures import PNG
from tests.ports import free_port
from tools.stack import ROOT
from wire.database import new_engine
from wire.migrations import heads, known
from wire.settings import MissingSetting, WeakSecret

HEAD = ",".join(heads(SCRIPTS))


def runs(app: Flask, *arguments: str):  # type: ignore[no-untyped-def]
    return app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def elsewhere(server_url: str | None, tmp_path: Path, settings: Settings) -> Iterator[Settings]:
    """Another machine: an empty database and no files."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with databases.fresh(folder, server_url) as url:
        yield replace(settings, database_url=url, files_folder=folder / "files", mail_raw_folder=folder / "mail-raw")


class Writer(threading.Thread):
    """Opens tickets with a file each, as fast as it can."""

    def __init__(self, settings: Settings, customer_id: str) -> None:
        super().__init__()
        self._settings, self._customer_id = settings, customer_id
        self.stop, self.made = threading.Event(), 0

    def run(self) -> None:
        engine = new_engine(self._settings.database_url)
        while not self.stop.is_set():
            stored = file_store.store(self._settings.files_folder, io.BytesIO(b"%d" % self.made), "a.txt")
            with Session(engine) as session, session.begin():
                customer = session.get_one(Customer, self._customer_id)
                attachments.add(session, stored, f"c-{self.made}", customer, NOW)
                report = replace(MAIL_REPORT, conversation_id=f"c-{self.made}")
                tickets.open_ticket(session, customer, report, f"k-{self.made}", AREA_URL, NOW)
            self.made += 1
        engine.dispose()


def test_a_backup_under_writes_is_of_one_moment_and_comes_back_elsewhere(
    session: Session, settings: Settings, carla: Customer, elsewhere: Settings, tmp_path: Path
) -> None:
    writer = Writer(settings, carla.id)
    session.close()
    writer.start()
    while writer.made < 5:
        time.sleep(0.01)
    before = writer.made
    made = backup.make(settings.database_url, folders_of(settings), HEAD, tmp_path / "copia.tar", datetime.now(UTC))
    during = writer.made
    writer.stop.set()
    writer.join()
    assert made.schema == HEAD and (tmp_path / "copia.tar").stat().st_mode & 0o077 == 0
    backup.restore(tmp_path / "copia.tar", elsewhere.database_url, folders_of(elsewhere), known(SCRIPTS), force=False)
    engine = new_engine(elsewhere.database_url)
    with Session(engine) as copy:
        rows = copy.scalars(select(Ticket)).all()
        assert before <= len(rows) <= during + 1
        assert all(ticket.events and ticket.attachments for ticket in rows)
        for attachment in copy.scalars(select(Attachment)):
            assert (elsewhere.files_folder / attachment.path).stat().st_size == attachment.size
        # It is alive: the next ticket finds its number.
        opened(copy, copy.scalars(select(Customer)).one(), "nuevo")
        copy.commit()
    engine.dispose()


def test_a_restore_replaces_nothing_without_force_and_keeps_what_was_there_with_it(
    session: Session, settings: Settings, carla: Customer, app: Flask, tmp_path: Path, server_url: str | None
) -> None:
    file_store.store(settings.files_folder, io.BytesIO(b"uno"), "a.txt")
    opened(session, carla, "before")
    session.commit()
    archive = tmp_path / "copia.tar"
    assert runs(app, "backup", str(archive)).exit_code == 0
    again = runs(app, "backup", str(archive))
    assert again.exit_code == 1 and "exists" in again.output
    opened(session, carla, "after")
    session.commit()
    session.close()
    file_store.store(settings.files_folder, io.BytesIO(b"dos"), "b.txt")
    refused = runs(app, "restore", str(archive))
    assert refused.exit_code == 1 and "--force" in refused.output
    done = runs(app, "restore", "--force", str(archive))
    assert done.exit_code == 0, done.output
    # A process that had the old file open would go on with it.
    session.get_bind().dispose()
    assert len(session.scalars(select(Ticket)).all()) == 1
    assert [file.read_bytes() for file in settings.files_folder.iterdir()] == [b"uno"]
    (aside,) = settings.files_folder.parent.glob("files.replaced-by-*")
    assert len(list(aside.iterdir())) == 2
    if server_url is None:
        assert len(list(tmp_path.glob("test.db.replaced-*"))) >= 1


def test_a_restore_waits_until_the_system_is_stopped(session: Session, app: Flask, tmp_path: Path) -> None:
    archive = tmp_path / "copia.tar"
    runs(app, "backup", str(archive))
    session.add(Heartbeat(name=WORKER, at=datetime.now(UTC)))
    session.commit()
    refused = runs(app, "restore", "--force", str(archive))
    assert refused.exit_code == 1 and "stop service and worker" in refused.output


def rebuilt(archive: Path, target: Path, **changes: bytes | None) -> Path:
    """The same archive with members changed, left out (None) or added."""
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        contents = {member.name: old.extractfile(member).read() for member in old}
        for name, content in {**contents, **changes}.items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return target


def test_a_damaged_or_foreign_archive_touches_nothing(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    stored = file_store.store(settings.files_folder, io.BytesIO(PNG), "a.png")
    archive = tmp_path / "copia.tar"
    made = backup.make(settings.database_url, folders_of(settings), HEAD, archive, NOW)
    newer = json.dumps({**json.loads(json.dumps(made, default=vars)), "schema": "9999"}).encode()
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[made.database]
    foreign = json.dumps({**json.loads(json.dumps(made, default=vars)), "database": other}).encode()
    (tmp_path / "no.tar").write_text("nada")
    broken = [
        (tmp_path / "no.tar", "no backup"),
        (rebuilt(archive, tmp_path / "1.tar", **{f"files/{stored.path}": b"otra cosa"}), "damaged"),
        (rebuilt(archive, tmp_path / "2.tar", **{f"files/{stored.path}": None}), "damaged"),
        (rebuilt(archive, tmp_path / "3.tar", **{"files/de-mas": b"x"}), "damaged"),
        (rebuilt(archive, tmp_path / "4.tar", **{"files/../../fuera": b"x"}), "does not belong"),
        (rebuilt(archive, tmp_path / "5.tar", **{"/etc/fuera": b"x"}), "does not belong"),
        (rebuilt(archive, tmp_path / "6.tar", **{"manifest.json": None}), "no backup"),
        (rebuilt(archive, tmp_path / "7.tar", **{"manifest.json": newer}), "newer"),
        (rebuilt(archive, tmp_path / "8.tar", **{"manifest.json": foreign}), "this backup is of"),
        (rebuilt(archive, tmp_path / "9.tar", **{"manifest.json": b'{"format": 2}'}), "format 2"),
    ]
    for file, said in broken:
        with pytest.raises(CannotDo, match=said):
            backup.restore(file, elsewhere.database_url, folders_of(elsewhere), known(SCRIPTS), force=False)
        assert not dumps.has_tables(elsewhere.database_url) and not elsewhere.files_folder.exists()
    assert not (tmp_path / "fuera").exists()


def test_a_link_in_an_archive_is_not_followed(elsewhere: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        info = tarfile.TarInfo("files/a")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(CannotDo):
        backup.restore(tmp_path / "link.tar", elsewhere.database_url, folders_of(elsewhere), known(SCRIPTS), force=False)


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match="no database"):
        backup.make(f"sqlite:///{tmp_path}/none.db", {"files": tmp_path / "files"}, HEAD, tmp_path / "copia.tar", NOW)
    assert list(tmp_path.glob("*copia*")) == []


@pytest.fixture
def old_things(session: Session, settings: Settings, carla: Customer, agent: Staff) -> Ticket:
    """Of each thing that is forgotten an old one and a fresh one; returns the old closed ticket."""
    now = datetime.now(UTC)
    old = now - timedelta(days=500)
    report = replace(MAIL_REPORT, transcript=[{"who": "customer", "text": "hola"}])
    closed, _ = tickets.open_ticket(session, carla, report, "k-1", AREA_URL, old)
    tickets.update_as_staff(session, closed, agent, tickets.StaffUpdate("", Status.CLOSED, closed.version), AREA_URL, old)
    live, _ = tickets.open_ticket(session, carla, report, "k-2", AREA_URL, old)
    for row in session.scalars(select(OutboxRow)):
        row.state = SENT
    enqueue_mail(session, "pending", "ana@x.com.ar", "Pendiente", "no olvidar", old)
    dead = enqueue_mail(session, "dead", "ana@x.com.ar", "Muerto", "olvidar", old)
    dead.state = DEAD
    for number, at in enumerate((old, now)):
        more = [
            Draft(conversation_id=f"d-{number}", key=f"d-{number}", area="mail", fields={}, shown_entries=[], state="open"),
            ConversationEvent(conversation_id="c", kind="entry_shown", detail={}, at=at),
            ConversationBond(conversation_id=f"b-{number}", customer_id=carla.id, bound_at=at, expires_at=at),
            LoginSession(
                token_hash=f"s-{number}", kind="customer", owner_id=carla.id, created_at=at, expires_at=at + timedelta(hours=1)
            ),
            LoginFailure(account="a", origin="o", at=at),
            LoginCode(conversation_id="c", account="a", code_hash="h", tries=0, created_at=at, expires_at=at),
        ]
        more[0].created_at = more[0].updated_at = at
        session.add_all(more)
        raw = raw_store.keep(settings.mail_raw_folder, b"Subject: %d" % number)
        written = {"message_id": f"<{number}@x>", "mailbox": "INBOX", "size": 9, "sender": "ana@x.com.ar", "state": "processed"}
        texts = {"subject": "x", "subject_key": "x", "written_at": ""}
        session.add(InboundMail(raw_path=raw, **written, **texts, received_at=at, due_at=at, processed_at=at))
        attachments.add(
            session, file_store.store(settings.files_folder, io.BytesIO(b"%d" % number), "a.txt"), f"w-{number}", None, at
        )
    kept = file_store.store(settings.files_folder, io.BytesIO(b"kept"), "a.txt")
    attachments.add_to_message(session, [kept], closed, tickets.reply_as_customer(session, live, "Va.", old))
    session.add(FileScan(path="gone", clean=True, at=old))
    session.add(FileScan(path=kept.path, clean=True, at=old))
    session.commit()
    return closed


def aged(folder: Path) -> None:
    for file in folder.rglob("*"):
        os.utime(file, (0, 0))


def test_retention_shows_first_and_forgets_when_told(session: Session, settings: Settings, app: Flask, old_things: Ticket) -> None:
    aged(settings.files_folder)
    aged(settings.mail_raw_folder)
    (settings.files_folder / "huerfano").write_text("de nadie")
    (settings.files_folder / "recien").write_text("en camino")
    os.utime(settings.files_folder / "huerfano", (0, 0))
    session.close()
    expected = {
        "transcripts": 1,
        "drafts": 1,
        "waiting-files": 1,
        "events": 1,
        "bonds": 1,
        "sessions": 1,
        "login-failures": 1,
        "codes": 1,
        "mails": 1,
        "raw-mails": 1,
    }
    dry = runs(app, "retention")
    assert dry.exit_code == 0 and "nothing was changed" in dry.output
    with Session(session.get_bind()) as other:
        counted = retention.count(other, {}, datetime.now(UTC))
    assert {name: number for name, number in counted.items() if number and name != "outbox"} == expected and counted["outbox"] >= 4
    assert len(list(settings.files_folder.iterdir())) == 5
    assert runs(app, "retention", "--apply").exit_code == 0
    session.expire_all()
    closed = session.get_one(Ticket, old_things.id)
    assert closed.transcript == [] and closed.fields["description"]
    assert [ticket.transcript for ticket in session.scalars(select(Ticket).where(Ticket.id != closed.id))] != [[]]
    contents = {row.key: row.content["body"] for row in session.scalars(select(OutboxRow))}
    assert contents["pending"] == "no olvidar" and contents["dead"] == ""
    assert [row.conversation_id for row in session.scalars(select(Attachment)) if row.ticket_id is None] == ["w-1"]
    assert "gone" not in set(session.scalars(select(FileScan.path)))
    assert {file.name for file in settings.files_folder.iterdir()} == {*session.scalars(select(Attachment.path)), "recien"}
    kept = {settings.mail_raw_folder / path for path in session.scalars(select(InboundMail.raw_path))}
    assert {file for file in settings.mail_raw_folder.rglob("*.eml")} == kept and len(kept) == 1
    after = retention.count(session, {}, datetime.now(UTC))
    assert set(after.values()) == {0}
    session.rollback()
    assert "forgotten" in runs(app, "retention", "--apply").output


def test_how_long_things_are_kept_is_a_setting(session: Session, old_things: Ticket) -> None:
    counted = retention.count(session, retention.days_of("transcripts=1000, drafts=600"), datetime.now(UTC))
    assert (counted["transcripts"], counted["drafts"], counted["events"]) == (0, 0, 1)


@pytest.mark.parametrize("wrong", ["recuerdos=3", "drafts", "drafts=0", "drafts=-1", "drafts=x", "drafts=1.5"])
def test_a_wrong_setting_of_retention_says_how_it_should_look(wrong: str) -> None:
    with pytest.raises(ValueError, match="RETENTION_DAYS"):
        retention.days_of(wrong)


def found(settings: Settings, engine: Engine, now: datetime | None = None) -> dict[str, list[tuple[Level, str]]]:
    by_name: dict[str, list[tuple[Level, str]]] = {}
    for one in examine(Case(settings, engine, SCRIPTS, now or datetime.now(UTC))):
        by_name.setdefault(one.what, []).append((one.level, one.words))
    return by_name


@pytest.fixture
def smtp() -> Iterator[str]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def sound(settings: Settings, session: Session, agent: Staff, smtp: str) -> Settings:
    """A production in which all is well."""
    agent.role = Role.ADMIN
    session.add(Heartbeat(name=WORKER, at=datetime.now(UTC)))
    session.commit()
    session.close()
    secrets = {name: name * 4 for name in ("session_secret", "service_token", "conversation_secret")}
    return replace(
        settings,
        public_url="https://desk.test",
        files_url="https://files.test",
        smtp_url=smtp,
        trusted_proxies=1,
        rate_limit_storage_url="redis://r",
        **secrets,
    )


def test_where_all_is_well_the_doctor_says_so(sound: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.upkeep.doctor.FREE_MB_WARN", 1)
    levels = {level for findings in found(sound, engine).values() for level, _ in findings}
    assert levels == {Level.OK}


def test_the_doctor_names_what_is_wrong_and_what_to_do(
    sound: Settings, engine: Engine, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESSENGER_APP_SECRET", "x")
    monkeypatch.setattr("escalation.upkeep.doctor.FREE_MB_MIN", 10**9)
    session.get_one(Heartbeat, WORKER).at = datetime.now(UTC) - timedelta(hours=1)
    for name, state in (("pending", PENDING), ("dead", DEAD)):
        enqueue_mail(session, name, "ana@x.com.ar", "x", "x", datetime.now(UTC) - timedelta(hours=2)).state = state
    session.add(Staff(email="admin@csiserver.com", name="Demo", role=Role.ADMIN, password_hash="x"))
    session.add(
        Webhook(url="https://crm.example.com/", events=[], secret="x", active=False, created_at=NOW, disabled_reason="se fue")
    )
    session.commit()
    (tmp_path / "archivo").write_text("no es una carpeta")
    ill = replace(
        sound,
        session_secret="corta",
        smtp_url=f"smtp://127.0.0.1:{free_port()}",
        clamd_url=f"tcp://127.0.0.1:{free_port()}",
        files_folder=tmp_path / "archivo",
    )
    told = {
        name: " ".join(words for level, words in findings if level is not Level.OK) for name, findings in found(ill, engine).items()
    }
    assert "SESSION_SECRET" in told["settings"] and "MESSENGER_PAGE_TOKEN" in told["Messenger"] and "make room" in told["disk"]
    assert "FILES_FOLDER" in told["files"] and "SMTP_URL" in told["mail"] and "held until it answers" in told["virus scanner"]
    assert "start it again" in told["worker"] and "120 minutes" in told["outbox"] and "given up" in told["outbox"]
    assert "admin@csiserver.com" in told["staff"] and "se fue" in told["webhooks"]


def test_the_doctor_tells_what_the_house_itself_has_noted_of_its_channels(
    sound: Settings, engine: Engine, session: Session
) -> None:
    now = datetime.now(UTC)
    session.add(ChannelAlarm(channel="messenger", kind="token", detail="code 190", since=now))
    session.commit()
    told = found(replace(sound, files_url=""), engine)
    assert "code 190" in told["messenger"][0][1]
    assert "FILES_PUBLIC_URL" in str(told["settings"])


def test_a_command_says_in_a_sentence_that_the_database_is_not_there(elsewhere: Settings, tmp_path: Path) -> None:
    app = create_app(elsewhere)
    for command in (("retention",), ("customers", "list"), ("tokens", "list"), ("customers", "block", "ana@x.com.ar")):
        done = runs(app, *command)
        assert done.exit_code == 1 and "flask --app escalation migrate" in done.output, done.output
        assert "Traceback" not in done.output and isinstance(done.exception, SystemExit)
    done = runs(app, "backup", str(tmp_path / "vacia.tar"))
    assert done.exit_code == 1 and "there is nothing at" in done.output and not (tmp_path / "vacia.tar").exists()


@pytest.mark.parametrize(
    "table",
    [
        b"\xef\xbb\xbfemail;name;password;domains\r\nana@x.com.ar;\xc3\x91andu SA;una clave larga;a.com.ar b.com.ar\r\n",
        b'email,name,password,domains\nana@x.com.ar,\xc3\x91andu SA,una clave larga,"a.com.ar;b.com.ar"\n',
    ],
    ids=["as Excel saves it here", "as everybody else does"],
)
def test_customers_come_from_a_spreadsheet_of_this_country(app: Flask, session: Session, tmp_path: Path, table: bytes) -> None:
    file = tmp_path / "clientes.csv"
    file.write_bytes(table)
    done = runs(app, "customers", "import", str(file))
    assert done.exit_code == 0, done.output
    made = session.scalars(select(Customer)).one()
    assert made.name == "Ñandu SA" and [item.name for item in made.domains] == ["a.com.ar", "b.com.ar"]
    file.write_bytes(table.decode("utf-8-sig").encode("cp1252"))
    assert "UTF-8" in runs(app, "customers", "import", str(file)).output


def test_the_doctor_sees_a_clock_that_went_back(sound: Settings, engine: Engine, session: Session, carla: Customer) -> None:
    tickets.open_ticket(session, carla, MAIL_REPORT, "k", AREA_URL, datetime.now(UTC) + timedelta(hours=3))
    session.commit()
    assert found(sound, engine)["clock"][0][0] is Level.WRONG


def test_the_doctor_sees_a_database_without_schema_and_one_that_is_away(
    sound: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    engine = new_engine(elsewhere.database_url)
    assert "migrate" in found(sound, engine)["database"][0][1]
    engine.dispose()
    away = new_engine(f"sqlite:///{tmp_path}/no/such/folder.db")
    assert found(sound, away)["database"][0][0] is Level.WRONG


def test_the_command_tells_by_its_exit_code(app: Flask, session: Session) -> None:
    done = runs(app, "doctor")
    assert done.exit_code == 1 and "WRONG" in done.output and "python -m escalation.worker" in done.output


def test_people_and_tokens_are_kept_by_command(app: Flask, session: Session, carla: Customer, agent: Staff) -> None:
    assert runs(app, "staff", "role", agent.email, "admin").exit_code == 0
    last = runs(app, "staff", "deactivate", agent.email)
    assert last.exit_code == 1 and "last active admin" in last.output
    arguments = ["staff", "add", "--email", "b@csiserver.com", "--name", "B", "--role", "admin", "--password", "una clave larga"]
    assert runs(app, *arguments).exit_code == 0
    assert runs(app, "staff", "deactivate", agent.email).exit_code == 0
    listed = runs(app, "staff", "list").output
    assert f"{agent.email}  Agustín Pereyra  admin  deactivated" in listed and "b@csiserver.com  B  admin\n" in listed
    assert runs(app, "staff", "activate", agent.email).exit_code == 0
    assert runs(app, "staff", "password", agent.email, "--password", "corta").exit_code == 1
    assert runs(app, "staff", "password", agent.email, "--password", "otra clave larga").exit_code == 0
    assert runs(app, "customers", "block", "Carla@PanaderiaLola.com.ar").exit_code == 0
    assert "Carla Medina  since 2026-11-23  blocked" in runs(app, "customers", "list").output
    assert runs(app, "customers", "unblock", "carla@panaderialola.com.ar").exit_code == 0
    assert runs(app, "customers", "password", "carla@panaderialola.com.ar", "--password", "otra clave larga").exit_code == 0
    assert runs(app, "customers", "block", "nadie@x.com.ar").exit_code == 1
    made = runs(app, "tokens", "add", "--name", "CRM", "--staff", agent.email, "--scope", "tickets:read", "--scope", "webhooks")
    assert made.exit_code == 0 and made.output.startswith("mda_")
    client = app.test_client()
    headers = {"Authorization": f"Bearer {made.output.strip()}"}
    assert client.get("/api/v1/tickets", headers=headers).status_code == 200
    listed = runs(app, "tokens", "list").output
    assert "CRM  live  tickets:read,webhooks" in listed and made.output.strip() not in listed
    assert runs(app, "tokens", "revoke", "CRM").exit_code == 0
    assert client.get("/api/v1/tickets", headers=headers).status_code == 401
    assert "CRM  revoked" in runs(app, "tokens", "list").output
    assert runs(app, "tokens", "revoke", "ERP").exit_code == 1


SECRETS = ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET", "METRICS_TOKEN")


@pytest.mark.parametrize("weak", SECRETS)
def test_in_production_a_secret_that_could_be_guessed_or_is_used_twice_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, weak: str
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, name * 4)
    monkeypatch.setenv("ESCALATION_PUBLIC_URL", "https://desk.test")
    Settings.from_environment()
    for value in ("corto", next(name * 4 for name in SECRETS if name != weak)):
        monkeypatch.setenv(weak, value)
        with pytest.raises(WeakSecret, match=r"SECRET|TOKEN"):
            Settings.from_environment()
    monkeypatch.setenv("ESCALATION_PUBLIC_URL", "http://127.0.0.1:8001")
    Settings.from_environment()
    monkeypatch.setenv("SESSION_SECRET", "")
    with pytest.raises(MissingSetting, match="SESSION_SECRET"):
        Settings.from_environment()


def test_a_command_without_its_settings_says_so_in_one_sentence() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    command = [sys.executable, "-m", "flask", "--app", "escalation", "doctor"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("Error: SESSION_SECRET is not set") and "Traceback" not in done.stderr


def test_there_are_no_demo_log_ins_in_production(settings: Settings, engine: Engine, session: Session, tmp_path: Path) -> None:
    app = create_app(replace(settings, public_url="https://desk.test"))
    done = runs(app, "demo", str(tmp_path / "logins.json"))
    assert done.exit_code == 0 and not (tmp_path / "logins.json").exists()
    assert session.scalars(select(Staff)).all() == []


def test_the_database_of_a_backup_needs_no_log_beside_it(settings: Settings, session: Session, tmp_path: Path) -> None:
    if not settings.database_url.startswith("sqlite"):
        return
    dumps.dump(settings.database_url, tmp_path / "copy.db")
    copy = new_engine(f"sqlite:///{tmp_path}/copy.db")
    with closing(copy.raw_connection()):
        pass
    with copy.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    copy.dispose()
