"""The console in another language: no text is left out of the catalogue, and none in it is untranslated."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import catalogue
from escalation.models import Customer, Staff
from tests.escalation.area import send
from tests.escalation.conftest import log_in
from tests.escalation.desk_helpers import reported

TEMPLATES = catalogue.ROOM / "templates"
# Shown before it is known who reads.
BEFORE_LOG_IN = {"console_login.html", "console_second_step.html"}
# Names of keys, of formats, of columns of a file, and of us.
SAME_EVERYWHERE = {"Esc", "Enter", "Ctrl", "CSV", "email", "nombre", "dominios, casillas"}


def test_every_text_of_the_source_is_in_every_catalogue_and_nothing_else() -> None:
    wanted = {message.id for message in catalogue.found() if message.id}
    assert len(wanted) > 400
    for language in catalogue.languages():
        assert {message.id for message in catalogue.read(language) if message.id} == wanted, "run python -m escalation.catalogue"


def test_nothing_in_a_catalogue_is_untranslated_or_has_other_holes_than_the_source() -> None:
    for language in catalogue.languages():
        read = catalogue.read(language)
        assert catalogue.untranslated(read) == []
        assert [error for message in read if message.id for error in message.check(read)] == []


@pytest.mark.parametrize(
    "name",
    sorted(
        {file.name for file in TEMPLATES.glob("*.html") if file.name.startswith(("console_", "mail_", "alarms"))} - BEFORE_LOG_IN
    ),
)
def test_a_page_of_the_console_has_no_words_outside_of_the_catalogue(name: str) -> None:
    if name in ("mail_code.html", "mail_confirm.html", "mail_confirmed.html"):
        return  # these are for customers
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    shown = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source)
    for attribute in re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', shown):
        assert not re.search(r"[^\W\d_]{2,}", attribute.replace("MDA-", "")), attribute
    texts = [text.strip() for text in re.sub(r"(?s)<[^>]*>", "\n", shown).split("\n")]
    left = [text for text in texts if re.search(r"[^\W\d_]{2,}", text) and text not in SAME_EVERYWHERE]
    assert left == []


def test_whoever_chose_english_reads_english_and_his_colleague_spanish(
    client: FlaskClient, session: Session, agent: Staff, admin: Staff, carla: Customer
) -> None:
    number = reported(session, carla).number
    log_in(client, "/consola/ingresar", agent.email)
    answer = send(client, "/consola/mi-cuenta/idioma", {"language": "en"}, form="/consola/mi-cuenta/", follow_redirects=True)
    assert "Saved." in answer.text and '<html lang="en">' in answer.text
    for path, says in (
        ("/consola/", "Unassigned"),
        (f"/consola/tickets/{number}", "Internal note"),
        ("/consola/clientes/", "Customer since"),
        ("/consola/incidentes/", "Nothing is down."),
        ("/consola/numeros/figuras", "Pending now"),
        ("/consola/correo/", "Mail that waits for a decision"),
    ):
        assert says in client.get(path).text, path
    assert send(client, "/consola/mi-cuenta/idioma", {"language": "xx"}, form="/consola/mi-cuenta/").status_code == 422
    other = client.application.test_client()
    log_in(other, "/consola/ingresar", admin.email)
    assert "Nada está caído." in other.get("/consola/incidentes/").text
    # What customers read stays Spanish whoever of staff is logged in in the same browser.
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert "Mis tickets" in client.get("/area-clientes/").text
