"""What waits is seen and settled: by staff in the console or by command, by the sender himself, by the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import create_app, outbox, tickets
from escalation.errors import NotAllowed
from escalation.mail import caps, digest, intake, processing, quarantine, rounds
from escalation.mail.intake import LEASE, Origin, State
from escalation.mail.notes import Links
from escalation.mail_models import DeadAddress, InboundMail, StaffMailChoice
from escalation.models import Customer, CustomerAddress, OutboxRow, Role, Staff, Ticket, TicketMessage
from escalation.upkeep import retention
from tests.escalation.conftest import csrf, log_in
from tests.mail.conftest import AGENT, BRUNO, CARLA, MailRoom, hashed, letter

FORGED = "X-From-Outside: 1"


@pytest.fixture
def app(lite_room: MailRoom) -> Flask:
    return create_app(lite_room.settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def staff(client: FlaskClient) -> FlaskClient:
    log_in(client, "/consola/ingresar", AGENT)
    return client


def decide(staff: FlaskClient, mail: InboundMail, **form: str):  # type: ignore[no-untyped-def]
    token = csrf(staff.get(f"/consola/correo/{mail.id}").text)
    return staff.post(f"/consola/correo/{mail.id}", data={"csrf_token": token, **form})


def test_staff_see_what_waits_why_and_how_it_was_proven(staff: FlaskClient, lite_room: MailRoom) -> None:
    mail = lite_room.take(letter("<b>Hola</b>", top=FORGED, subject="Soy <i>Carla</i>"))
    page = staff.get("/consola/correo/").text
    assert "Soy &lt;i&gt;Carla" in page and "no se pudo comprobar el remitente" in page
    one = staff.get(f"/consola/correo/{mail.id}").text
    assert "Sin comprobar" in one and "&lt;b&gt;Hola" in one
    assert "/original" not in one


SECRET = "la contraseña es Pan4deria!Lola y la tarjeta 4111 1111 1111 1111"


def admin_of(app: Flask, room: MailRoom) -> FlaskClient:
    member = Staff(email="admin@csiserver.com", name="Adriana", role=Role.ADMIN, password_hash=hashed())
    room.change(lambda session: session.add(member))
    client = app.test_client()
    log_in(client, "/consola/ingresar", "admin@csiserver.com")
    return client


def test_the_original_is_for_admins_and_is_never_opened_as_a_page(app: Flask, staff: FlaskClient, lite_room: MailRoom) -> None:
    mail = lite_room.take(letter("<b>Hola</b>", top=FORGED))
    path = f"/consola/correo/{mail.id}/original"
    assert staff.get(path).status_code == 403
    admin = admin_of(app, lite_room)
    assert path in admin.get(f"/consola/correo/{mail.id}").text
    original = admin.get(path)
    assert original.data == letter("<b>Hola</b>", top=FORGED)
    assert original.headers["Content-Security-Policy"] == "sandbox" and "attachment" in original.headers["Content-Disposition"]


def test_what_staff_read_has_no_secrets_wherever_they_stood(staff: FlaskClient, lite_room: MailRoom) -> None:
    held = lite_room.take(letter(SECRET, top=FORGED, subject=SECRET))
    deep = b"Content-Type: message/rfc822;" * 300
    broken = lite_room.take(letter(SECRET, subject=SECRET, message_id="<r@x>", Content_Type="multipart/mixed; boundary=b") + deep)
    assert (held.state, broken.state) == (State.QUARANTINED, State.FAILED)
    asked: list[str] = []
    lite_room.room = replace(lite_room.room, understand=lambda text: asked.append(text))  # type: ignore[arg-type,func-returns-value]
    lite_room.take(letter(SECRET, subject=f"Mi clave: {SECRET}", message_id="<t@x>"))
    assert len(asked) == 1 and "Pan4deria" not in asked[0]
    number = lite_room.ticket().number
    lite_room.take(letter("Hola.", subject=f"{SECRET} {number}", message_id="<u@x>"))
    pages = [staff.get(path).text for path in ("/consola/correo/", f"/consola/correo/{held.id}", f"/consola/correo/{broken.id}")]
    pages.append(staff.get(f"/consola/tickets/{number}").text)
    assert [page for page in pages if "Pan4deria" in page or "4111" in page] == []
    assert "Así empieza" in pages[2] and "From: Carla Medina" in pages[2]
    with lite_room.read() as session:
        rows = session.scalars(select(InboundMail)).all()
        assert not [row for row in rows if "pan4deria" in f"{row.subject} {row.subject_key} {row.full_text}".lower()]
    assert not [row for row in lite_room.sent() if "Pan4deria" in str(row.content)]


def test_raw_mails_are_for_nobody_elses_eyes(lite_room: MailRoom) -> None:
    row = lite_room.take(letter(SECRET))
    folder = lite_room.settings.mail_raw_folder
    file = folder / row.raw_path
    assert [path.stat().st_mode & 0o077 for path in (folder, file.parent, file)] == [0, 0, 0]


def test_the_bytes_of_a_mail_that_was_taken_go_before_what_is_known_of_it(app: Flask, lite_room: MailRoom) -> None:
    taken = lite_room.take(letter())
    waiting = lite_room.take(letter("Otro.", top=FORGED, message_id="<b@x>"))
    later, folder = datetime.now(UTC) + timedelta(days=91), lite_room.settings.mail_raw_folder
    lite_room.change(lambda session: retention.apply(session, {}, later) and None)
    with lite_room.read() as session:
        assert [path.relative_to(folder).as_posix() for path in retention.raw_orphans(session, folder, later)] == [taken.raw_path]
        assert session.get_one(InboundMail, waiting.id).raw_path
    admin = admin_of(app, lite_room)
    assert admin.get(f"/consola/correo/{taken.id}/original").status_code == 404
    assert "/original" not in admin.get(f"/consola/correo/{taken.id}").text


def test_a_released_mail_becomes_the_ticket_that_it_would_have_been(staff: FlaskClient, lite_room: MailRoom) -> None:
    mail = lite_room.take(letter(top=FORGED))
    assert decide(staff, mail, action="release").status_code == 302
    row = lite_room.take()
    assert (row.state, row.verdict, lite_room.ticket().customer.name) == (State.PROCESSED, "released", "Carla Medina")
    assert decide(staff, row, action="release").status_code == 409


def test_a_strangers_mail_is_released_only_as_somebodys(staff: FlaskClient, lite_room: MailRoom) -> None:
    mail = lite_room.take(letter(sender="ana@otra.com.ar"))
    assert decide(staff, mail, action="release").status_code == 409
    assert decide(staff, mail, action="release", customer=BRUNO).status_code == 302
    lite_room.take()
    assert lite_room.ticket().customer.name == "Bruno Ruiz"
    # To his own address: Soporte let the stranger's words in, not the stranger.
    (confirmation,) = lite_room.sent(f"ticket-{lite_room.ticket().number}-received")
    assert confirmation.recipient == BRUNO


def test_a_linked_mail_lands_in_the_ticket_with_the_address_it_came_from(staff: FlaskClient, lite_room: MailRoom) -> None:
    lite_room.take(letter())
    mail = lite_room.take(letter("Soy el socio.", sender="socio@otra.com.ar", message_id="<s@x>"))
    assert decide(staff, mail, action="link", number="MDA-222222").status_code == 409
    assert decide(staff, mail, action="link", number=lite_room.ticket().number).status_code == 302
    lite_room.take()
    (message,) = lite_room.ticket().messages
    assert message.body == "Soy el socio." and "socio@otra.com.ar" in message.author_name


def test_a_dropped_mail_is_kept_and_waits_no_longer(staff: FlaskClient, lite_room: MailRoom) -> None:
    mail = lite_room.take(letter(top=FORGED))
    assert decide(staff, mail, action="drop").status_code == 302
    (row,) = lite_room.rows()
    assert (row.state, row.reason) == (State.IGNORED, "dropped")


def check_link(room: MailRoom) -> str:
    (asked,) = room.sent("check-")
    link = next(word for word in asked.content["body"].split() if "/correo/confirmar/" in word)
    return link.removeprefix("http://desk.test")


def test_a_sender_clears_his_own_mail_and_only_what_he_marks(client: FlaskClient, lite_room: MailRoom) -> None:
    mine = lite_room.take(letter("Es mío.", top=FORGED, subject="Mío"))
    forged = lite_room.take(letter("No es mío.", top=FORGED, subject="Ajeno", message_id="<dos@x>"))
    path = check_link(lite_room)
    page = client.get(path).text
    assert "Mío" in page and "Ajeno" in page
    lite_room.take()
    assert lite_room.tickets() == []
    answer = client.post(path, data={"csrf_token": csrf(page), "mail": mine.id})
    assert "Ya estamos recibiendo" in answer.text
    lite_room.take()
    assert "Es mío." in lite_room.ticket().fields["description"]
    assert {row.id: row.state for row in lite_room.rows()}[forged.id] == State.QUARANTINED


def test_a_link_clears_no_mail_of_another_address(client: FlaskClient, lite_room: MailRoom) -> None:
    lite_room.take(letter(top=FORGED))
    other = lite_room.take(letter("Otro.", sender=BRUNO, top=FORGED, message_id="<b@x>"))
    path = check_link_of(lite_room, CARLA)
    page = client.get(path).text
    client.post(path, data={"csrf_token": csrf(page), "mail": other.id})
    lite_room.take()
    assert lite_room.tickets() == []


def check_link_of(room: MailRoom, address: str) -> str:
    settings = room.settings
    return Links(settings.session_secret, settings.public_url, "").check(address).removeprefix("http://desk.test")


def test_a_forged_or_old_link_opens_nothing(client: FlaskClient, lite_room: MailRoom) -> None:
    forged = Links("otro", "", "").check(CARLA)
    assert client.get(forged).status_code == 404
    assert client.get("/correo/confirmar/x").status_code == 404


CODE = "/correo/confirmar"


def typed(client: FlaskClient, email: str, code: str):  # type: ignore[no-untyped-def]
    return client.post(CODE, data={"csrf_token": csrf(client.get(CODE).text), "email": email, "code": code})


def code_in(room: MailRoom) -> str:
    (asked,) = room.sent("check-")
    return re.search(r"^ {4}(\S+)$", asked.content["body"], re.MULTILINE).group(1)


def test_a_sender_clears_his_mail_with_the_code_too(client: FlaskClient, lite_room: MailRoom) -> None:
    mine = lite_room.take(letter("Es mío.", top=FORGED, subject="Mío"))
    answer = typed(client, f" {CARLA.upper()} ", code_in(lite_room).lower().replace("-", " "))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Mío" in page
    client.post(answer.location, data={"csrf_token": csrf(page), "mail": mine.id})
    lite_room.take()
    assert "Es mío." in lite_room.ticket().fields["description"]


def test_a_code_is_of_one_address_and_of_one_week(client: FlaskClient, lite_room: MailRoom) -> None:
    lite_room.take(letter(top=FORGED))
    code, now = code_in(lite_room), datetime.now(UTC)
    assert typed(client, BRUNO, code).status_code == 400
    links = lite_room.room.links
    assert links.is_code_of(CARLA, code, now + timedelta(days=7)) and not links.is_code_of(CARLA, code, now + timedelta(days=9))
    assert not links.is_code_of(CARLA, "", now) and not replace(links, secret="otro").is_code_of(CARLA, code, now)


def test_codes_cannot_be_guessed_and_no_answer_says_who_is_registered(client: FlaskClient, lite_room: MailRoom) -> None:
    known = [typed(client, CARLA, f"AAAAA-AAAA{number}") for number in range(2, 8)]
    unknown = [typed(client, "ana@otra.com.ar", f"AAAAA-AAAA{number}") for number in range(2, 8)]
    assert [answer.status_code for answer in known] == [answer.status_code for answer in unknown] == [400] * 5 + [429]
    for one, other in zip(known, unknown, strict=True):
        assert _without(one.text, CARLA) == _without(other.text, "ana@otra.com.ar")


def _without(page: str, address: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.replace(address, ""))


def test_a_refused_mail_is_taken_after_all_when_its_address_is_registered(lite_room: MailRoom) -> None:
    lite_room.take(letter(sender="ana@otra.com.ar"))

    def register(session: Session) -> None:
        carla = session.scalars(select(Customer).where(Customer.name == "Carla Medina")).one()
        session.add(CustomerAddress(customer_id=carla.id, address="ana@otra.com.ar"))

    lite_room.change(register)
    rounds.go(lite_room.engine, lite_room.settings)
    lite_room.take()
    assert lite_room.ticket().customer.name == "Carla Medina"
    assert lite_room.sent("ticket-")[0].recipient == "ana@otra.com.ar"


def test_a_digest_comes_in_the_morning_and_once(lite_room: MailRoom) -> None:
    hours, monday = lite_room.settings.business_hours, datetime(2026, 11, 30, 18, 0, tzinfo=UTC)

    def choose(session: Session) -> None:
        digest.choose(session, session.scalars(select(Staff)).one(), True, monday, hours)

    lite_room.change(choose)
    lite_room.take(letter(), letter("Otro tema.", subject="Otro tema", message_id="<o@x>"))
    assert {row.state for row in lite_room.to(AGENT)} == {outbox.DIGEST}
    written = []
    for hour in (3, 19, 20):
        later = monday + timedelta(hours=hour)
        lite_room.change(lambda session, now=later: written.append(digest.write_due(session, "http://desk.test/p", now, hours)))
    assert written == [0, 1, 0]
    (mail,) = lite_room.sent("digest-")
    assert mail.content["body"].count("Ticket nuevo") == 2 and mail.content["headers"]["unsubscribe"] == "http://desk.test/p"


def test_staff_choose_in_the_console(staff: FlaskClient, lite_room: MailRoom) -> None:
    path = "/consola/correo/preferencias"
    staff.post(path, data={"csrf_token": csrf(staff.get(path).text), "digest": "1"})
    assert 'value="1" checked' in staff.get(path).text
    staff.post(path, data={"csrf_token": csrf(staff.get(path).text)})
    assert "checked" not in staff.get(path).text
    with lite_room.read() as session:
        assert session.scalars(select(StaffMailChoice)).one().digest is False


def test_a_fault_of_ours_is_tried_again_and_then_shown(lite_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "parse", broken)
    states = []
    for _ in range(len(intake.RETRY_MINUTES) + 1):
        states.append(lite_room.take(letter()).state)
        lite_room.change(lambda session: session.query(InboundMail).update({InboundMail.due_at: InboundMail.received_at}))
    assert states == [State.RECEIVED] * 3 + [State.FAILED]
    monkeypatch.undo()
    lite_room.change(lambda session: quarantine.retry(session, session.scalars(select(InboundMail)).one(), datetime.now(UTC)))
    assert lite_room.take().state == State.PROCESSED


def broken(_: bytes) -> None:
    raise RuntimeError("a fault of ours")


def test_a_mail_that_ends_every_process_is_given_up(lite_room: MailRoom) -> None:
    intake.receive(lite_room.engine, lite_room.settings.mail_raw_folder, letter(), Origin("test"), datetime.now(UTC))
    now = datetime.now(UTC)
    for number in range(len(intake.RETRY_MINUTES) + 1):
        with Session(lite_room.engine) as session, session.begin():
            assert intake.claim(session, now + LEASE * number) is not None
    lite_room.change(lambda session: session.query(InboundMail).update({InboundMail.due_at: InboundMail.received_at}))
    row = lite_room.take()
    assert (row.state, row.reason, lite_room.tickets()) == (State.FAILED, "killed", [])


def test_what_does_not_wait_cannot_be_settled(lite_room: MailRoom) -> None:
    row = lite_room.take(letter())
    with Session(lite_room.engine) as session:
        mail, member = session.get_one(InboundMail, row.id), session.scalars(select(Staff)).one()
        now = datetime.now(UTC)
        for settle in (
            lambda: quarantine.release(session, mail, member, now),
            lambda: quarantine.link(session, mail, member, session.scalars(select(Ticket)).one(), now),
            lambda: quarantine.drop(session, mail, now),
            lambda: quarantine.retry(session, mail, now),
        ):
            with pytest.raises(NotAllowed):
                settle()


def test_our_dead_and_held_mails_and_dead_addresses_are_shown(staff: FlaskClient, lite_room: MailRoom) -> None:
    lite_room.take(letter())
    now = datetime.now(UTC)

    def kill(session: Session) -> None:
        session.scalars(select(OutboxRow)).first().state = outbox.DEAD
        session.add(DeadAddress(address="x@otra.com.ar", since=now, until=now + timedelta(days=60), reason="5.1.1"))

    lite_room.change(kill)
    page = staff.get("/consola/correo/").text
    assert "No entregado" in page and "x@otra.com.ar" in page


def state_of(room: MailRoom, key: str, state: str, **content: object) -> int:
    """Of the first row of that key; its number."""
    found: list[int] = []

    def work(session: Session) -> None:
        row = session.scalars(select(OutboxRow).where(OutboxRow.key.like(f"{key}%"))).first()
        row.state, row.attempts, row.last_error, row.content = state, 11, "550 no", {**row.content, **content}
        found.append(row.id)

    room.change(work)
    return found[0]


@pytest.mark.parametrize("state", [outbox.DEAD, outbox.HELD])
def test_staff_send_again_what_did_not_leave(staff: FlaskClient, lite_room: MailRoom, state: str) -> None:
    lite_room.take(letter())
    number = state_of(lite_room, "ticket-", state)
    page = staff.get("/consola/correo/").text
    assert f"/consola/correo/salidas/{number}" in page
    staff.post(f"/consola/correo/salidas/{number}", data={"csrf_token": csrf(page)})
    row = lite_room.sent("ticket-")[0]
    assert (row.state, row.attempts, row.last_error) == (outbox.PENDING, 0, None)


def test_what_holds_an_old_code_or_left_is_not_sent_again(staff: FlaskClient, lite_room: MailRoom, command) -> None:  # type: ignore[no-untyped-def]
    lite_room.take(letter())
    number = state_of(lite_room, "ticket-", outbox.DEAD, body="")
    assert "salidas" not in staff.get("/consola/correo/").text
    assert "its text was forgotten" in command("resend", str(number)).output
    state_of(lite_room, "ticket-", outbox.SENT, body="Hola.")
    assert command("resend", str(number)).exit_code == 1 and command("resend", "999").exit_code == 1
    state_of(lite_room, "ticket-", outbox.DEAD)
    assert command("resend", str(number)).exit_code == 0


def test_what_comes_too_fast_for_a_member_of_staff_comes_as_one_list(lite_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "TO_ONE_OF_STAFF", ((timedelta(minutes=10), 4),))
    most = 4
    for number in range(most + 3):
        lite_room.take(letter(f"Tema {number}.", subject=f"Tema {number}", message_id=f"<{number}@x>"))
    states = [row.state for row in lite_room.to(AGENT)]
    assert states.count(outbox.DIGEST) == len(states) - most == 3
    hours, later = lite_room.settings.business_hours, datetime.now(UTC) + timedelta(minutes=16)
    lite_room.change(lambda session: digest.write_due(session, "http://desk.test/p", later, hours) and None)
    (mail,) = lite_room.sent("digest-")
    assert mail.content["body"].count("Ticket nuevo") == states.count(outbox.DIGEST) and "tantas novedades" in mail.content["body"]


def test_a_long_mail_is_shown_in_part_and_kept_whole(lite_room: MailRoom) -> None:
    lite_room.take(letter("Palabras. " * 3000))
    ticket = lite_room.ticket()
    assert len(ticket.fields["description"]) <= tickets.FIELD_MAX and "texto-completo.txt" in ticket.fields["description"]
    assert [(file.name, file.size) for file in ticket.attachments] == [("texto-completo.txt", 29_999)]


def test_files_of_a_mail_that_was_not_taken_are_not_left_behind(lite_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    long = letter("Palabras. " * 3000)
    monkeypatch.setattr("escalation.mail.taking.open_ticket", lambda *_: broken(b""))
    lite_room.take(long)
    assert list(lite_room.settings.files_folder.iterdir()) == []


@pytest.fixture
def command(app: Flask) -> Iterator:  # type: ignore[type-arg]
    runner = app.test_cli_runner()
    return lambda *words, **more: runner.invoke(args=["mail", *words], **more)


def test_the_commands_do_what_the_console_does(command, lite_room: MailRoom) -> None:  # type: ignore[no-untyped-def]
    mail = lite_room.take(letter(top=FORGED))
    assert mail.id in command("waiting").output
    assert command("release", mail.id, "--by", "nadie@x.test").exit_code == 1
    assert command("release", mail.id, "--by", AGENT).exit_code == 0
    lite_room.take()
    other = lite_room.take(letter("Más.", top=FORGED, message_id="<b@x>"))
    assert command("link", other.id, lite_room.ticket().number, "--by", AGENT).exit_code == 0
    third = lite_room.take(letter("Nada.", top=FORGED, message_id="<c@x>"))
    assert command("drop", third.id).exit_code == 0
    assert "only a mail that failed" in command("retry", third.id).output
    assert command("digest", AGENT, "--on").exit_code == command("revive", CARLA).exit_code == command("status").exit_code == 0
    with lite_room.read() as session:
        assert [message.body for message in session.scalars(select(TicketMessage))] == ["Más."]


def test_a_mail_comes_by_a_pipe_and_a_fault_keeps_it_in_the_servers_queue(command, lite_room: MailRoom, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert command("receive", input=letter()).exit_code == 0
    assert lite_room.take().state == State.PROCESSED
    (tmp_path / "file").write_text("no folder")
    broken_app = create_app(replace(lite_room.settings, mail_raw_folder=tmp_path / "file"))
    failed = broken_app.test_cli_runner().invoke(args=["mail", "receive"], input=letter(message_id="<p@x>"))
    assert failed.exit_code == 75


def test_every_mail_can_be_looked_at(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert command("preview", str(tmp_path / "p")).exit_code == 0
    names = {file.name for file in (tmp_path / "p").iterdir()}
    assert {"ticket_received.txt", "ticket_received.html", "refused.eml", "staff_digest.html"} <= names
    assert len(names) == 3 * len(list((Path("escalation/mail/templates")).glob("[!l]*.txt.j2")))
