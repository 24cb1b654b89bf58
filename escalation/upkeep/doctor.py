"""Is everything as it should be? Each check says in plain words what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from escalation.clamd import Scanner, ScannerAway
from escalation.integration_models import Webhook
from escalation.mail import watch
from escalation.mail.transport import LOOPBACK, connector
from escalation.mail.watch import Sources
from escalation.models import WORKER, CustomerAddress, Heartbeat, OutboxRow, Role, Staff, Ticket
from escalation.outbox import DEAD, PENDING, SENDING
from escalation.settings import Settings
from escalation.upkeep import channels
from escalation.upkeep.dumps import VERSION_TABLE
from wire.migrations import heads
from wire.settings import WeakSecret

FREE_MB_MIN = 500
FREE_MB_WARN = 2_000
# More than the longest that one of ours lasts, and what a machine's clock may be off without doing harm.
SILENCE_MAX = timedelta(minutes=1)
CLOCK_MAX = timedelta(seconds=30)
BACKLOG_MAX = timedelta(minutes=15)
MESSENGER = ("MESSENGER_VERIFY_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_TOKEN")
MAIL_TROUBLES = {
    "mailbox": "the mailbox {} is not read: look at its server and password, and at the log of the reception",
    "reception": "the {} gives no sign of life: start `python -m escalation.mail.reception`",
    "backlog": "mail that came in waits: the {} does not work it off; read its log",
}
DEMO_ADDRESSES = ("agente@csiserver.com", "admin@csiserver.com", "cliente@sudominio.com.ar")


class Level(StrEnum):
    """How bad."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and in words what to do."""

    what: str
    level: Level
    words: str


@dataclass(frozen=True)
class Case:
    """What is looked at. ``scripts``: the folder of migrations."""

    settings: Settings
    engine: Engine
    scripts: Path
    now: datetime


Check = Callable[[Case], Iterable[Finding]]


def examine(case: Case) -> list[Finding]:
    """All checks; where the database cannot be read, those that need it are left out."""
    found = [finding for check in (_settings, _messenger, _disk, _files, _mail, _scanner) for finding in check(case)]
    reachable = list(_database(case))
    found += reachable
    if all(finding.level is not Level.WRONG for finding in reachable):
        checks = (_clock, _worker, _reception, _outbox, _people, _webhooks, _channels)
        found += [finding for check in checks for finding in check(case)]
    return found


def _ok(what: str, words: str = "") -> Finding:
    return Finding(what, Level.OK, words)


def _settings(case: Case) -> Iterable[Finding]:
    settings = case.settings
    if settings.is_trial:
        yield Finding("settings", Level.WARNING, f"ESCALATION_PUBLIC_URL is {settings.public_url}: a trial; production needs https")
        return
    try:
        settings.check_secrets()
    except WeakSecret as weak:
        yield Finding("settings", Level.WRONG, str(weak))
    if settings.trusted_proxies == 0:
        words = "TRUSTED_PROXIES is 0 while the public address is https: behind a proxy, all customers count as one sender"
        yield Finding("settings", Level.WARNING, words)
    if not settings.files_url:
        words = "FILES_PUBLIC_URL is not set: customers' files share a host, and so its cookies, with the pages"
        yield Finding("settings", Level.WARNING, words)
    if settings.rate_limit_storage_url.startswith("memory"):
        yield Finding("settings", Level.WARNING, "RATE_LIMIT_STORAGE_URL is memory: each process counts requests for itself")
    yield _ok("settings", settings.public_url)


def _messenger(case: Case) -> Iterable[Finding]:
    given = [name for name in MESSENGER if os.environ.get(name)]
    missing = [name for name in MESSENGER if name not in given]
    if given and missing:
        yield Finding("Messenger", Level.WRONG, f"{', '.join(missing)} missing while {', '.join(given)} set: set all or none")
    else:
        yield _ok("Messenger", "settings are there" if given else "not used")


def _disk(case: Case) -> Iterable[Finding]:
    folder = _existing(case.settings.files_folder)
    free_mb = shutil.disk_usage(folder).free // 2**20
    level = Level.WRONG if free_mb < FREE_MB_MIN else Level.WARNING if free_mb < FREE_MB_WARN else Level.OK
    yield Finding("disk", level, f"{free_mb} MB free in {folder}" + ("" if level is Level.OK else ": make room"))


def _files(case: Case) -> Iterable[Finding]:
    folder = case.settings.files_folder
    try:
        with tempfile.NamedTemporaryFile(dir=_existing(folder), prefix=".doctor-"):
            yield _ok("files", str(folder))
    except OSError as failed:
        words = f"FILES_FOLDER {folder} cannot be written ({failed.strerror}): customers' files would be lost"
        yield Finding("files", Level.WRONG, words)


def _mail(case: Case) -> Iterable[Finding]:
    settings = case.settings
    if not settings.smtp_url:
        level = Level.WARNING if settings.is_trial else Level.WRONG
        yield Finding("mail", level, f"SMTP_URL is not set: mails are files in {settings.mail_folder} and reach nobody")
        return
    host = urlsplit(settings.smtp_url).hostname
    try:
        with connector(settings.smtp_url, settings.mail_ca_file)() as server:
            server.noop()
            yield _ok("mail", f"{host} answers")
    except smtplib.SMTPAuthenticationError:
        yield Finding("mail", Level.WRONG, f"the mail server {host} refuses user and password of SMTP_URL")
    except ssl.SSLCertVerificationError as wrong:
        words = (
            f"the certificate of the mail server {host} is not to be believed ({wrong.verify_message}): MAIL_CA_FILE may name its"
        )
        yield Finding("mail", Level.WRONG, f"{words} authority")
    except (OSError, smtplib.SMTPException) as failed:
        words = f"the mail server {host} does not answer ({type(failed).__name__}): look at SMTP_URL"
        yield Finding("mail", Level.WRONG, words)
    except ValueError as wrong:
        yield Finding("mail", Level.WRONG, str(wrong))


def _scanner(case: Case) -> Iterable[Finding]:
    if not case.settings.clamd_url:
        yield _ok("virus scanner", "not used")
        return
    try:
        Scanner(case.settings.clamd_url).ping()
        yield _ok("virus scanner", "answers")
    except (ScannerAway, ValueError) as away:
        yield Finding("virus scanner", Level.WRONG, f"CLAMD_URL: {away}; files are kept and held until it answers")


def _database(case: Case) -> Iterable[Finding]:
    try:
        with case.engine.connect() as connection:
            present = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    except SQLAlchemyError as failed:
        yield Finding("database", Level.WRONG, f"cannot be read ({type(failed).__name__}): look at DATABASE_URL and its server")
        return
    wanted = heads(case.scripts)
    if set(present) != wanted:
        state = f"schema {', '.join(present) or 'missing'}, this version needs {', '.join(sorted(wanted))}"
        yield Finding("database", Level.WRONG, f"{state}: run `flask --app escalation migrate`")
        return
    yield _ok("database", f"schema {', '.join(present)}")


def _clock(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        newest = session.scalar(select(func.max(Ticket.updated_at)))
        server = session.scalar(text("SELECT CURRENT_TIMESTAMP")) if case.engine.dialect.name == "postgresql" else None
    if newest is not None and newest - case.now > CLOCK_MAX:
        words = f"the newest ticket is of {newest:%Y-%m-%d %H:%M} UTC, which lies ahead: the clock of this machine is wrong, or was"
        yield Finding("clock", Level.WRONG, words)
    elif isinstance(server, datetime) and abs(server.astimezone(UTC) - datetime.now(UTC)) > CLOCK_MAX:
        yield Finding("clock", Level.WRONG, "this machine's clock and the database server's differ: set both by NTP")
    else:
        yield _ok("clock", f"{case.now:%Y-%m-%d %H:%M:%S} UTC")


def _worker(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        beat = session.get(Heartbeat, WORKER)
    if beat is None:
        yield Finding("worker", Level.WRONG, "never ran on this database: start `python -m escalation.worker`, or nothing leaves")
    elif case.now - beat.at > SILENCE_MAX:
        words = f"silent since {beat.at:%Y-%m-%d %H:%M} UTC: no mail leaves; start it again and read its log"
        yield Finding("worker", Level.WRONG, words)
    else:
        yield _ok("worker", f"gave a sign of life {round((case.now - beat.at).total_seconds())} s ago")


def _reception(case: Case) -> Iterable[Finding]:
    sources = Sources.of(case.settings)
    if not sources.takes_mail:
        yield _ok("mail in", "not taken: neither IMAP_URL nor MAIL_LISTEN is set")
        return
    if case.settings.mail_listen and urlsplit(case.settings.mail_listen).hostname not in LOOPBACK:
        words = (
            "MAIL_LISTEN is open to other machines: whoever reaches it can say that a sender was proven; see that only ours does"
        )
        yield Finding("mail in", Level.WARNING, words)
    with Session(case.engine) as session:
        troubles, ages = watch.troubles(session, sources, case.now), watch.ages(session, sources, case.now)
        received = watch.last_received(session, case.now)
    for trouble in troubles:
        yield Finding("mail in", Level.WRONG, f"{MAIL_TROUBLES[trouble.kind].format(trouble.name)} ({_minutes(trouble.age)})")
    for mailbox in set(sources.mailboxes) - set(ages):
        yield Finding("mail in", Level.WARNING, f"{mailbox} was never looked at: is `python -m escalation.mail.reception` running?")
    if not troubles:
        read = ", ".join(f"{mailbox} read {round(age.total_seconds())} s ago" for mailbox, age in ages.items())
        last = f"the last mail came {_minutes(received)} ago" if received is not None else "no mail came yet"
        yield _ok("mail in", "; ".join(filter(None, (read, last))))


def _minutes(age: timedelta) -> str:
    return f"{round(age.total_seconds() / 60)} minutes"


def _outbox(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        waiting = OutboxRow.state.in_((PENDING, SENDING))
        oldest = session.scalar(select(func.min(OutboxRow.due_at)).where(waiting))
        count = session.scalar(select(func.count()).select_from(OutboxRow).where(waiting)) or 0
        given_up = select(OutboxRow.channel, func.count()).where(OutboxRow.state == DEAD).group_by(OutboxRow.channel)
        dead = session.execute(given_up).all()
    if oldest is not None and case.now - oldest > BACKLOG_MAX:
        minutes = round((case.now - oldest).total_seconds() / 60)
        words = f"{count} wait, the oldest for {minutes} minutes: is the worker well, and the mail server?"
        yield Finding("outbox", Level.WRONG, words)
    else:
        yield _ok("outbox", f"{count} wait")
    for channel, number in dead:
        yield Finding("outbox", Level.WARNING, f"{number} of the channel {channel} were given up; the reasons stand in last_error")


def _people(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        admins = session.scalar(select(func.count()).select_from(Staff).where(Staff.active, Staff.role == Role.ADMIN)) or 0
        demo = [*session.scalars(select(Staff.email).where(Staff.email.in_(DEMO_ADDRESSES), Staff.active))]
        demo += session.scalars(select(CustomerAddress.address).where(CustomerAddress.address.in_(DEMO_ADDRESSES)))
    if admins == 0:
        yield Finding("staff", Level.WARNING, "there is no active admin: `flask --app escalation staff add --role admin`")
    if demo and not case.settings.is_trial:
        yield Finding("staff", Level.WRONG, f"log-ins of the trial are live: {', '.join(sorted(demo))}; deactivate or block them")
    elif admins:
        yield _ok("staff", f"{admins} admin(s)")


def _webhooks(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        off = session.scalars(select(Webhook).where(Webhook.disabled_reason.is_not(None))).all()
    for webhook in off:
        yield Finding("webhooks", Level.WARNING, f"{webhook.url} is switched off: {webhook.disabled_reason}")


def _channels(case: Case) -> Iterable[Finding]:
    with Session(case.engine) as session:
        for what, words in channels.troubles(session):
            yield Finding(what, Level.WRONG, words)


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
