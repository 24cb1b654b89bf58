"""The help centre beside the real bot: both find the same, and the chat goes on with the answer that the reader had before him."""

from __future__ import annotations

import time

import requests

from tests.conftest import RunningSystem
from tests.customer import Customer

QUESTION = "no me salen los mails con adjuntos"


def test_the_search_finds_first_what_the_bot_answers(system: RunningSystem, customer: Customer) -> None:
    deadline, found = time.monotonic() + 60, requests.Response()
    while found.headers.get("X-Found-By") != "meaning":
        assert time.monotonic() < deadline
        found = requests.get(f"{system.stack.front_url}/ayuda/buscar", params={"q": QUESTION}, timeout=10)
    first = found.json()["answers"][0]
    assert f"/ayuda/{first['id']}" in customer.write(QUESTION)


def test_a_reader_goes_on_in_the_chat_to_the_answers_steps_and_from_there_to_a_ticket(
    system: RunningSystem, customer: Customer
) -> None:
    address = f"{system.stack.front_url}/widget/entries/correo-rebota"
    button = requests.get(address, headers=customer.headers, timeout=10).json()
    said = customer.press_this(button)
    assert button["title"] in said and "¿Con esto se resolvió su problema?" in said
    customer.press("No, sigue igual")
    assert any("ticket" in title for title in customer.titles())
