"""What leaves the house: templates, marks, headers, caps; read back by Python's own parser."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from jinja2 import UndefinedError

from escalation.mail import rendering
from escalation.mail.marks import LOCAL_PART_MAX, Marks
from escalation.mail.message import Letterhead, build
from escalation.models import OutboxRow

NOW = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
MARKS = Marks("secreto")
LETTERHEAD = Letterhead("CSIserver Soporte <soporte@csiserver.com>", MARKS)
NUMBER = "MDA-7K3Q9T"


def mail(body: str = "Hola, Carla:\n\nListo.", key: str = "message-12", **headers: str) -> EmailMessage:
    content = {"subject": "Novedad en su ticket MDA-7K3Q9T", "body": body, "headers": headers}
    row = OutboxRow(key=key, channel="mail", recipient="carla@panaderialola.com.ar", content=content, created_at=NOW)
    return message_from_bytes(build(row, LETTERHEAD).as_bytes(), policy=policy.default)  # type: ignore[return-value]


def test_marks_are_read_back_and_nothing_that_was_not_signed_is() -> None:
    message_id = MARKS.message_id("message-12", NUMBER, "csiserver.com")
    assert MARKS.of_message_id(message_id).number == NUMBER
    assert MARKS.of_message_id(message_id.replace("message-12", "message-13")) is None
    assert Marks("otro secreto").of_message_id(message_id) is None
    address = MARKS.reply_address(NUMBER, LETTERHEAD.sender)
    assert MARKS.of_address(address.upper()) == NUMBER
    assert MARKS.of_address(address.replace("7k3q9t", "8k3q9t")) is None
    assert MARKS.of_text(f"> Hola\n> {MARKS.quoted(NUMBER)}\n") == NUMBER
    assert MARKS.of_text(f"[ref:{NUMBER}.aaaaaaaaaaaaaaaaaaaaaaaaaa]") is None


def test_a_mark_of_one_kind_is_none_of_another() -> None:
    signature = MARKS.quoted(NUMBER).rpartition(".")[2].rstrip("]")
    assert MARKS.of_address(f"soporte+{NUMBER}.{signature}@csiserver.com") is None


def test_a_reply_address_that_servers_would_refuse_is_not_given() -> None:
    assert len(MARKS.reply_address(NUMBER, "soporte@csiserver.com").partition("@")[0]) <= LOCAL_PART_MAX
    assert MARKS.reply_address(NUMBER, "mesa-de-ayuda-y-soporte-tecnico@csiserver.com") is None


def test_the_same_row_is_the_same_message_id_on_every_try() -> None:
    assert (
        mail(ticket=NUMBER)["Message-ID"]
        == mail(ticket=NUMBER)["Message-ID"]
        != mail(key="message-13", ticket=NUMBER)["Message-ID"]
    )


def test_long_references_stay_whole_and_foreign_text_in_them_is_dropped() -> None:
    ids = [f"<{'a' * 60}.{number}@mail.panaderialola.com.ar>" for number in range(30)]
    sent = mail(ticket=NUMBER, in_reply_to=ids[-1], references=" ".join(["hola\r\nBcc: x@y", *ids]))
    raw = build_raw(ids)
    assert b"=?utf-8?" not in raw and max(map(len, raw.split(b"\r\n"))) < 300
    assert sent["In-Reply-To"] == ids[-1]
    found = sent["References"].split()
    assert found[:-1] == ids[-20:] and MARKS.of_message_id(found[-1]).number == NUMBER
    assert sent["Bcc"] is None


def build_raw(ids: list[str]) -> bytes:
    content = {"subject": "x", "body": "x", "headers": {"ticket": NUMBER, "references": " ".join(ids)}}
    row = OutboxRow(key="k", channel="mail", recipient="a@b.com.ar", content=content, created_at=NOW)
    return build(row, LETTERHEAD).as_bytes().partition(b"\r\n\r\n")[0]


def test_an_answer_by_mail_is_invited_only_where_it_lands_in_the_ticket() -> None:
    invited, not_invited = mail(ticket=NUMBER, reply="1"), mail(ticket=NUMBER)
    assert MARKS.of_address(invited["Reply-To"].addresses[0].addr_spec) == NUMBER
    text = invited.get_body(("plain",)).get_content()
    assert text.startswith("—— Para responder, escriba por encima de esta línea ——") and MARKS.of_text(text) == NUMBER
    assert MARKS.of_text(invited.get_body(("html",)).get_content()) == NUMBER
    assert not_invited["Reply-To"] is None and "——" not in not_invited.get_body(("plain",)).get_content()


def test_a_machines_mail_says_so() -> None:
    sent = mail(null_sender="1", auto_submitted="auto-replied", unsubscribe="https://desk.test/consola/correo/preferencias")
    assert sent["Auto-Submitted"] == "auto-replied" and "OOF" in sent["X-Auto-Response-Suppress"]
    assert sent["Return-Path"] == "<>"
    assert sent["List-Unsubscribe"] == "<https://desk.test/consola/correo/preferencias>"


def test_the_html_alternative_escapes_and_links() -> None:
    html = mail('Vea https://desk.test/area-clientes/tickets/MDA-7K3Q9T.\n\n<script>alert(1)</script> & "más"').get_body(("html",))
    page = html.get_content()
    assert '<a href="https://desk.test/area-clientes/tickets/MDA-7K3Q9T">' in page
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_template_without_one_of_its_values_is_an_error_and_no_letter_with_a_gap() -> None:
    with pytest.raises(UndefinedError):
        rendering.write("code_asked", code="123456")


def test_a_line_break_in_a_value_does_not_break_the_subject() -> None:
    letter = rendering.write("staff_notice", what="Ticket nuevo", subject="a\r\nBcc: x@y", area="Correo", customer="Carla")
    assert letter.subject == "a Bcc: x@y"
