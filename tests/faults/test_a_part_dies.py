"""A part dies in the middle of a report: no word is lost, nothing is done twice, and the customer hears what happens."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conversations.play import Play, people, register
from tests.customer import Customer
from tests.faults.parts import Parts
from tests.ports import free_port
from tools.stack import Ports, Stack

PROVISIONAL = re.compile(r"P-[2-9A-Z]{6}")
NUMBER = re.compile(r"MDA-[2-9A-Z]{6}")
# The action server looks every five seconds at what it kept.
DELIVERY_SECONDS = 30
SITE = "el sitio muestra el aviso de otra empresa"


@pytest.fixture(scope="module")
def parts(instance_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "models").symlink_to(instance_folder / "models")
    stack = Stack(folder, Ports(*(free_port() for _ in range(4))), {"MESA_INSTANCE": str(folder)})
    stack.prepare()
    parts = Parts(stack)
    try:
        parts.start()
        yield parts
    finally:
        parts.kill()


@pytest.fixture(scope="module")
def cast(parts: Parts) -> Iterator[dict[str, str]]:
    rows = people("averia", 12)
    register(parts.stack, rows)
    return iter(rows)


@pytest.fixture
def play(parts: Parts, cast: Iterator[dict[str, str]]) -> Play:
    return Play(parts, next(cast))


def begun(play: Play) -> str:
    """As far as the question for the error message."""
    play.customer.write("quiero abrir un ticket")
    play.step({"log_in": True})
    play.customer.press("Ya ingresé")
    play.customer.press("Sitio web")
    return play.customer.write(SITE)


def to_the_summary(play: Play) -> str:
    """From there on to the end."""
    play.customer.press("No hay mensaje")
    play.customer.press(play.person["domains"])
    play.customer.press("Siempre")
    play.customer.press("Desde hoy")
    return play.customer.press("No tengo archivos")


def rows(parts: Parts, query: str, *values: str) -> list[tuple[Any, ...]]:
    """What escalation's database holds."""
    with closing(sqlite3.connect(f"file:{parts.stack.instance / 'escalation.db'}?mode=ro", uri=True)) as database:
        return database.execute(query, values).fetchall()


def tickets(parts: Parts, customer: Customer) -> list[tuple[Any, ...]]:
    return rows(parts, "SELECT number, idempotency_key, fields FROM tickets WHERE conversation_id = ?", customer.conversation_id)


def waiting(parts: Parts) -> int:
    """How many reports the bot still keeps."""
    with closing(sqlite3.connect(f"file:{parts.stack.instance / 'pending.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM pending_reports").fetchone()[0])


def eventually(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DELIVERY_SECONDS
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return result


def test_escalation_dies_in_the_middle_and_the_report_is_kept_and_opened_once_with_its_key(parts: Parts, play: Play) -> None:
    begun(play)
    (key,) = rows(parts, "SELECT key FROM drafts WHERE conversation_id = ?", play.customer.conversation_id)[0]
    parts.kill("escalation")
    assert "¿Qué sitio web" in play.customer.press("No hay mensaje")
    play.customer.press(play.person["domains"])
    play.customer.press("Siempre")
    play.customer.press("Desde hoy")
    assert SITE in play.customer.press("No tengo archivos")
    send = next(button for button in play.customer.buttons() if button["title"] == "Sí, enviar")
    said = play.customer.press("Sí, enviar")
    provisional = PROVISIONAL.search(said).group()
    assert "En cuanto vuelva, se abre el ticket" in said and NUMBER.search(said) is None
    # He presses again, and leaves; and whoever kept the report dies as well.
    play.customer.post({"id": str(uuid.uuid4()), "payload": send["payload"]})
    parts.kill("actions")
    parts.start("actions", "escalation")
    ((number, used, fields),) = eventually(lambda: tickets(parts, play.customer))
    assert used == key
    told = json.loads(fields)
    assert (told["description"], told["frequency"], told["since"]) == (SITE, "Siempre", "Desde hoy")
    assert provisional in told["remark"]
    mails = eventually(lambda: [mail for mail in parts.mails() if f"{number}-received" in mail.name])
    assert len(mails) == 1 and number in play.customer.write("como va mi ticket?")
    query = "SELECT kind FROM conversation_events WHERE conversation_id = ? AND kind = 'ticket_opened'"
    assert eventually(lambda: rows(parts, query, play.customer.conversation_id)) == [("ticket_opened",)]
    assert eventually(lambda: waiting(parts) == 0)
    assert len(tickets(parts, play.customer)) == 1


def test_escalation_is_down_at_the_log_in_and_what_was_said_is_there_afterwards(parts: Parts, play: Play) -> None:
    parts.kill("escalation")
    said = play.customer.write("quiero abrir un ticket porque la tienda no deja pagar con tarjeta")
    assert "no puedo comunicarme con el sistema de tickets" in said and "soporte@" in said
    assert "Probar de nuevo" in play.customer.titles()
    assert "no puedo consultar sus tickets" in play.customer.write("como va mi ticket?")
    parts.start("escalation")
    assert "formulario seguro" in play.customer.write("abrir ticket")
    play.step({"log_in": True})
    # A shop that takes no cards: the site or a payment?
    assert "¿Sobre qué servicio es?" in play.customer.press("Ya ingresé")
    play.customer.press("Sitio web")
    play.customer.press("No hay mensaje")
    play.customer.press(play.person["domains"])
    play.customer.press("Siempre")
    play.customer.press("Desde hoy")
    assert "la tienda no deja pagar con tarjeta" in play.customer.press("No tengo archivos")
    assert NUMBER.search(play.customer.write("sí"))


@pytest.mark.parametrize("part", ["actions", "rasa"])
def test_the_bot_dies_in_the_middle_and_goes_on_where_it_was(parts: Parts, play: Play, part: str) -> None:
    begun(play)
    parts.kill(part)
    message = {"id": str(uuid.uuid4()), "text": "550 5.7.1 rejected"}
    told = play.customer.post(message).json()["replies"]
    assert told[0]["degraded"] and "vuelva a intentarlo" in told[0]["text"]
    parts.start(part)
    # The customer presses "Reintentar" until it is there again.
    again = eventually(lambda: [said for said in play.customer.post(message).json()["replies"] if not said.get("degraded")])
    assert "¿Qué sitio web" in again[-1]["text"]
    play.customer.replies = again
    play.customer.press(play.person["domains"])
    play.customer.press("Siempre")
    play.customer.press("Desde hoy")
    summary = play.customer.press("No tengo archivos")
    assert SITE in summary and "550 5.7.1 rejected" in summary
    assert NUMBER.search(play.customer.write("sí"))
    assert len(tickets(parts, play.customer)) == 1


def test_the_front_door_dies_and_the_same_conversation_goes_on(parts: Parts, play: Play) -> None:
    begun(play)
    before = play.customer.history()
    parts.kill("front")
    parts.start("front")
    assert play.customer.history() == before
    assert SITE in to_the_summary(play)
    assert NUMBER.search(play.customer.write("sí"))


def test_the_worker_is_down_while_a_ticket_is_opened_and_the_mail_leaves_later_once(parts: Parts, play: Play) -> None:
    begun(play)
    to_the_summary(play)
    parts.kill("worker")
    number = NUMBER.search(play.customer.write("sí")).group()
    assert not [mail for mail in parts.mails() if number in mail.name]
    parts.start("worker")
    mails = eventually(lambda: [mail for mail in parts.mails() if f"{number}-received" in mail.name])
    assert len(mails) == 1
