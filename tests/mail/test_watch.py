"""Is mail being taken in? The age of the last fetch and of the last mail, and alarms, wherever somebody may look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from escalation import create_app
from escalation.cli import SCRIPTS
from escalation.mail import intake, watch
from escalation.mail.imap import Account
from escalation.mail.intake import Origin
from escalation.mail.watch import RECEPTION, Sources
from escalation.mail_models import MailCursor
from escalation.models import WORKER, Heartbeat, Role, Staff
from escalation.settings import Settings
from escalation.upkeep import doctor
from escalation.upkeep.doctor import Case, Level
from tests.escalation.conftest import service
from tests.mail.conftest import MailRoom, hashed, letter

URL = "imaps://soporte%40csiserver.com:clave@mail.csiserver.test/INBOX"
MAILBOX = "soporte@csiserver.com@mail.csiserver.test/INBOX"
SOURCES = Sources((MAILBOX,), takes_mail=True)
LATE = timedelta(minutes=16)


@pytest.fixture
def settings(lite_room: MailRoom) -> Settings:
    return replace(lite_room.settings, imap_urls=(URL,))


def state(room: MailRoom, fetched: timedelta | None = None, beat: timedelta | None = None, error: str | None = None) -> None:
    """How long ago the mailbox was read, and the reception gave a sign of life."""
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        session.merge(Heartbeat(name=WORKER, at=now))
        if fetched is not None:
            session.merge(MailCursor(mailbox=MAILBOX, fetched_at=now - fetched, last_error=error))
        if beat is not None:
            session.merge(Heartbeat(name=RECEPTION, at=now - beat))

    room.change(work)


def raised(room: MailRoom, later: timedelta = timedelta(0), sources: Sources = SOURCES) -> int:
    counts: list[int] = []
    hours = room.settings.business_hours
    room.change(lambda session: counts.append(watch.raise_alarms(session, sources, datetime.now(UTC) + later, hours)))
    return counts[0]


def kinds(room: MailRoom, sources: Sources = SOURCES) -> set[str]:
    with room.read() as session:
        return {trouble.kind for trouble in watch.troubles(session, sources, datetime.now(UTC))}


def test_a_mailbox_is_called_the_same_by_its_url_and_by_its_account() -> None:
    for url in (URL, "imap://a:b@127.0.0.1/", "imaps://a:b@mail.test:1993/Otra%20carpeta"):
        assert watch.name_of(url) == Account.parse(url).name
        assert "clave" not in watch.name_of(url)


def test_a_mailbox_that_is_not_read_for_a_quarter_of_an_hour_alarms_the_admins_once(lite_room: MailRoom) -> None:
    admin = Staff(email="admin@csiserver.com", name="Adriana", role=Role.ADMIN, password_hash=hashed())
    lite_room.change(lambda session: session.add(admin))
    state(lite_room, fetched=LATE, beat=timedelta(0), error="TimeoutError")
    assert [raised(lite_room), raised(lite_room)] == [1, 0]
    (alarm,) = lite_room.sent("silence-")
    assert alarm.recipient == "admin@csiserver.com" and "TimeoutError" in alarm.content["body"]
    # Back, and silent again: that is news.
    lite_room.change(lambda session: watch.fetched(session, MAILBOX, datetime.now(UTC)))
    assert kinds(lite_room) == set()
    state(lite_room, beat=-timedelta(minutes=20))
    assert raised(lite_room, later=timedelta(minutes=20)) == 1


def test_a_process_that_died_or_never_ran_alarms_too(lite_room: MailRoom) -> None:
    assert kinds(lite_room) == {"reception"}
    # From the first look on: a start takes its time.
    assert [raised(lite_room), raised(lite_room, LATE), raised(lite_room, LATE)] == [0, 1, 0]
    (alarm,) = lite_room.sent("silence-")
    assert "No se reciben correos" in alarm.content["subject"]
    state(lite_room, fetched=timedelta(0), beat=-timedelta(minutes=1))
    assert kinds(lite_room) == set()
    assert raised(lite_room) == 0


def test_a_house_that_takes_no_mail_has_no_silence(lite_room: MailRoom) -> None:
    assert kinds(lite_room, Sources()) == set() and raised(lite_room, LATE, Sources()) == 0


def test_a_mailbox_of_earlier_settings_alarms_nobody(lite_room: MailRoom) -> None:
    state(lite_room, fetched=LATE, beat=timedelta(0))
    other = Sources(("otra@mail.test/INBOX",), takes_mail=True)
    assert kinds(lite_room, other) == set() and raised(lite_room, sources=other) == 0


def test_mail_that_came_and_is_not_processed_is_a_trouble(lite_room: MailRoom) -> None:
    state(lite_room, fetched=timedelta(0), beat=timedelta(0))
    intake.receive(lite_room.engine, lite_room.settings.mail_raw_folder, letter(), Origin("test"), datetime.now(UTC) - LATE)
    assert kinds(lite_room) == {"backlog"}
    lite_room.take()
    assert kinds(lite_room) == set()


def test_health_tells_ages_and_alarms_and_no_address(lite_room: MailRoom, settings: Settings) -> None:
    client = create_app(settings).test_client()
    state(lite_room, fetched=timedelta(seconds=30), beat=timedelta(0))
    lite_room.take(letter())
    told = client.get("/health")
    assert told.status_code == 200 and told.json["alarms"] == []
    mail = told.json["mail"]
    assert 30 <= mail["last_fetch_seconds"] < LATE.total_seconds() and 0 <= mail["last_received_seconds"] < LATE.total_seconds()
    state(lite_room, fetched=LATE)
    told = client.get("/health")
    assert (told.status_code, told.json["alarms"]) == (200, ["mail: mailbox"])
    assert "csiserver" not in told.text
    state(lite_room, beat=LATE)
    assert client.get("/health").json["alarms"] == ["mail: mailbox", "mail: reception"]


def test_metrics_tell_ages_and_alarms(lite_room: MailRoom, settings: Settings) -> None:
    client = create_app(settings).test_client()
    state(lite_room, fetched=LATE, beat=timedelta(0))
    lite_room.take(letter())
    lines = client.get("/metrics", headers=service()).text.splitlines()
    told = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("mesa_mail")}
    assert told[f'mesa_mail_fetch_age_seconds{{mailbox="{MAILBOX}"}}'] >= LATE.total_seconds()
    assert 0 <= told["mesa_mail_received_age_seconds"] < LATE.total_seconds()
    assert (told['mesa_mail_alarm{kind="mailbox"}'], told['mesa_mail_alarm{kind="reception"}']) == (1, 0)
    assert (told['mesa_mails{state="processed"}'], told['mesa_mails{state="failed"}']) == (1, 0)


def test_the_doctor_says_it_in_words(lite_room: MailRoom, settings: Settings) -> None:
    def said(given: Settings = settings) -> list[tuple[Level, str]]:
        findings = doctor.examine(Case(given, lite_room.engine, SCRIPTS, datetime.now(UTC)))
        return [(finding.level, finding.words) for finding in findings if finding.what == "mail in"]

    levels = [level for level, _ in said()]
    assert levels == [Level.WRONG, Level.WARNING]
    state(lite_room, fetched=timedelta(seconds=5), beat=timedelta(0))
    ((level, words),) = said()
    assert level is Level.OK and f"{MAILBOX} read " in words and "no mail came yet" in words
    state(lite_room, fetched=LATE)
    ((level, words),) = said()
    assert level is Level.WRONG and f"{MAILBOX} is not read" in words and "16 minutes" in words
    ((level, words),) = said(replace(lite_room.settings, mail_listen="lmtp://0.0.0.0:8024"))[:1]
    assert level is Level.WARNING and "open to other machines" in words
    assert said(lite_room.settings) == [(Level.OK, "not taken: neither IMAP_URL nor MAIL_LISTEN is set")]


def test_the_console_shows_it(lite_room: MailRoom, settings: Settings) -> None:
    state(lite_room, fetched=LATE, beat=LATE)
    app = create_app(settings)
    assert app.test_cli_runner().invoke(args=["mail", "status"]).exit_code == 1
