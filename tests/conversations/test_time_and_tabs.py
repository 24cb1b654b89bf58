"""What happens between two messages: days go by, codes grow old, two tabs write at once, an answer gets lost on the way."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.conftest import RunningSystem
from tests.conversations.play import PASSWORD, Play, people, register
from tests.customer import Customer

NUMBER = re.compile(r"MDA-[2-9A-Z]{6}")
PROBLEM = "las reglas de la bandeja se borran solas"


@pytest.fixture(scope="module")
def cast(system: RunningSystem) -> Iterator[dict[str, str]]:
    rows = people("reloj", 20)
    register(system.stack, rows)
    return iter(rows)


@pytest.fixture
def play(system: RunningSystem, cast: Iterator[dict[str, str]]) -> Play:
    return Play(system, next(cast))


def change(system: RunningSystem, statement: str, *values: object) -> None:
    """As time would."""
    with closing(sqlite3.connect(system.stack.instance / "escalation.db", timeout=20)) as database, database:
        database.execute(statement, values)


def numbers(system: RunningSystem, customer: Customer) -> list[str]:
    with closing(sqlite3.connect(f"file:{system.stack.instance / 'escalation.db'}?mode=ro", uri=True)) as database:
        found = database.execute("SELECT number FROM tickets WHERE conversation_id = ?", (customer.conversation_id,))
        return [number for (number,) in found]


def ago(**distance: float) -> str:
    """A moment as SQLite holds it."""
    return (datetime.now(UTC) - timedelta(**distance)).strftime("%Y-%m-%d %H:%M:%S.%f")


def half_filled(play: Play) -> None:
    play.customer.write("quiero abrir un ticket")
    play.step({"log_in": True})
    play.customer.press("Ya ingresé")
    play.customer.press("Correo")
    play.customer.write(PROBLEM)
    assert "¿Qué sitio web" in play.customer.press("No hay mensaje")


def at_the_summary(play: Play) -> str:
    half_filled(play)
    play.customer.press("ventas@")
    play.customer.press("Webmail")
    play.customer.press("Siempre")
    play.customer.press("Desde hoy")
    return play.customer.press("No tengo archivos")


def a_week_later(system: RunningSystem, play: Play, days: int) -> None:
    conversation_id = play.customer.conversation_id
    change(system, "UPDATE drafts SET updated_at = ?, created_at = ? WHERE conversation_id = ?", ago(days=days), ago(days=days),
           conversation_id)  # fmt: skip
    change(system, "UPDATE conversation_bonds SET expires_at = ? WHERE conversation_id = ?", ago(days=days), conversation_id)


def test_a_week_old_draft_is_offered_on_another_device_and_becomes_the_ticket(system: RunningSystem, play: Play) -> None:
    half_filled(play)
    a_week_later(system, play, days=8)
    play.step({"new_conversation": True})
    play.customer.write("quiero abrir un ticket")
    play.step({"log_in": True})
    assert f"Tiene un reporte sin terminar: «{PROBLEM}»" in play.customer.press("Ya ingresé")
    assert "¿Qué sitio web" in play.customer.press("Sí, seguir con ése")
    play.customer.press("ventas@")
    play.customer.press("Webmail")
    play.customer.press("Siempre")
    play.customer.press("Desde esta semana")
    assert PROBLEM in play.customer.press("No tengo archivos")
    assert NUMBER.search(play.customer.write("sí"))


def test_a_week_later_in_the_same_window_he_logs_in_again_and_goes_on(system: RunningSystem, play: Play) -> None:
    at_the_summary(play)
    a_week_later(system, play, days=7)
    assert "Su ingreso venció" in play.customer.press("Sí, enviar")
    assert "formulario seguro" in play.customer.write("abrir ticket")
    play.step({"log_in": True})
    assert PROBLEM in play.customer.press("Ya ingresé")
    assert NUMBER.search(play.customer.write("sí"))
    assert len(numbers(system, play.customer)) == 1


def test_a_draft_of_last_season_is_offered_to_nobody(system: RunningSystem, play: Play) -> None:
    half_filled(play)
    a_week_later(system, play, days=31)
    play.step({"new_conversation": True})
    play.customer.write("quiero abrir un ticket")
    play.step({"log_in": True})
    said = play.customer.press("Ya ingresé")
    assert "sin terminar" not in said and "¿Sobre qué servicio es?" in said


def asked_for_a_code(play: Play) -> None:
    play.customer.write("quiero abrir un ticket")
    play.customer.press("Recibir un código")
    assert "código de 6 números" in play.customer.write(play.person["email"])


def test_a_code_older_than_ten_minutes_is_refused_and_a_new_one_works(system: RunningSystem, play: Play) -> None:
    asked_for_a_code(play)
    change(system, "UPDATE login_codes SET expires_at = ? WHERE conversation_id = ?", ago(seconds=1), play.customer.conversation_id)
    assert "no es válido o ya venció" in play._code(1)
    assert "código de 6 números" in play.customer.press("Enviar otro código")
    assert "Gracias, Marta Ríos" in play._code(2)


def test_after_five_wrong_tries_even_the_right_code_is_refused(play: Play) -> None:
    asked_for_a_code(play)
    for wrong in range(5):
        assert "no es válido" in play.customer.write(f"00000{wrong}")
    assert "no es válido" in play._code(1)
    play.customer.press("Enviar otro código")
    assert "Gracias, Marta Ríos" in play._code(2)


def test_a_code_is_of_one_conversation_and_works_once(system: RunningSystem, play: Play) -> None:
    asked_for_a_code(play)
    thief = system.customer()
    thief.write("quiero abrir un ticket")
    thief.press("Recibir un código")
    thief.write("nadie@ejemplo-inexistente.com.ar")
    assert "no es válido" in thief.write(play._mailed(1))
    assert "Gracias, Marta Ríos" in play._code(1)
    play.customer.write("cerrar sesión")
    play.customer.write("quiero abrir un ticket")
    play.customer.press("Recibir un código")
    play.customer.write(play.person["email"])
    assert "no es válido" in play._code(1)


def test_the_tickets_are_shown_after_a_log_in_by_code(play: Play) -> None:
    assert "Recibir un código por e-mail" in (play.customer.write("como va mi ticket?") and play.customer.titles())
    assert "¿A qué dirección" in play.customer.press("Recibir un código")
    play.customer.write(play.person["email"])
    said = play._code(1)
    assert "No tiene tickets abiertos" in said and "¿Sobre qué" not in said
    assert "¿Sobre qué servicio es?" in play.customer.write("quiero abrir un ticket")


def test_who_guesses_passwords_is_slowed_down_and_the_code_still_helps(play: Play) -> None:
    play.customer.write("quiero abrir un ticket")
    statuses = [play.customer.log_in(play.person["email"], f"adivino {number}") for number in range(6)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert play.customer.log_in(play.person["email"], PASSWORD) == 429
    assert "Todavía no veo su ingreso" in play.customer.press("Ya ingresé")
    play.customer.press("Recibir un código")
    play.customer.write(play.person["email"])
    assert "Gracias, Marta Ríos" in play._code(1)


def test_two_tabs_that_send_at_the_same_moment_open_one_ticket(system: RunningSystem, play: Play) -> None:
    at_the_summary(play)
    send = next(button for button in play.customer.buttons() if button["title"] == "Sí, enviar")
    bodies = [{"id": str(uuid.uuid4()), "payload": send["payload"]}, {"id": str(uuid.uuid4()), "text": "sí"}]
    with ThreadPoolExecutor(2) as tabs:
        answers = [answer.json()["replies"] for answer in tabs.map(play.customer.post, bodies)]
    assert all(answer and answer[0]["text"] for answer in answers)
    assert len(NUMBER.findall(str([reply["text"].split("\n")[0] for answer in answers for reply in answer]))) == 1
    assert len(numbers(system, play.customer)) == 1


def test_two_tabs_that_answer_at_the_same_moment_are_heard_one_after_the_other(play: Play) -> None:
    half_filled(play)
    bodies = [{"id": str(uuid.uuid4()), "text": text} for text in ("todas las del dominio", "en el webmail")]
    with ThreadPoolExecutor(2) as tabs:
        answers = [answer.json()["replies"][-1]["text"] for answer in tabs.map(play.customer.post, bodies)]
    assert all("?" in answer for answer in answers) and len(set(answers)) == 2
    sent = [message["text"] for message in play.customer.history() if message["author"] == "customer"]
    assert {"todas las del dominio", "en el webmail"} <= set(sent)


def test_two_tabs_with_reports_of_their_own_open_a_ticket_each(system: RunningSystem, play: Play) -> None:
    first = play.customer
    half_filled(play)
    play.step({"new_conversation": True})
    play.customer.write("quiero abrir un ticket porque me cobraron dos veces la misma factura")
    play.step({"log_in": True})
    assert "sin terminar" in play.customer.press("Ya ingresé")
    assert "¿Qué sitio web" in play.customer.press("No, es otra cosa")
    play.customer.press(play.person["domains"])
    play.customer.press("No tengo archivos")
    assert NUMBER.search(play.customer.write("sí"))
    # The other tab never noticed.
    first.press("ventas@")
    first.press("Webmail")
    first.press("Siempre")
    first.press("Desde hoy")
    assert PROBLEM in first.press("No tengo archivos")
    assert NUMBER.search(first.write("sí"))
    assert len(numbers(system, first)) == len(numbers(system, play.customer)) == 1


def test_a_submit_whose_answer_was_lost_and_the_same_again_is_one_ticket(system: RunningSystem, play: Play) -> None:
    at_the_summary(play)
    send = next(button for button in play.customer.buttons() if button["title"] == "Sí, enviar")
    body = {"id": str(uuid.uuid4()), "payload": send["payload"]}
    url = f"{system.stack.front_url}/widget/messages"
    with pytest.raises(requests.Timeout):
        requests.post(url, json=body, headers=play.customer.headers, timeout=(5, 0.001))
    again = [play.customer.post(body).json() for _ in range(2)]
    assert again[0] == again[1] and NUMBER.search(str(again[0]))
    assert len(numbers(system, play.customer)) == 1
