"""A customer with a laptop and a telephone: the same conversation on both once he logged in, and a copy by mail to himself."""

from __future__ import annotations

import time

import requests

from tests.conftest import RunningSystem
from tests.customer import Customer


def found(front_url: str, customer: Customer) -> requests.Response:
    return requests.get(f"{front_url}/widget/elsewhere", headers=customer.headers, timeout=10)


def test_the_same_conversation_on_both_devices_and_a_copy_in_his_mailbox(system: RunningSystem) -> None:
    front, login = system.stack.front_url, system.logins()["customer"]
    laptop, phone, stranger = system.customer(), system.customer(), system.customer()
    laptop.write("como cambio la version de php")
    assert laptop.log_in(**login) == phone.log_in(**login) == 204
    phone.write("hola")
    texts = [message["text"] for message in found(front, phone).json()["conversation"]["messages"]]
    assert "como cambio la version de php" in texts
    assert found(front, stranger).json()["conversation"] is None

    # What the widget tells somebody who wants a copy and has not logged in.
    stranger.write("mis tickets")
    assert "login" in [reply.get("card") for reply in stranger.replies]

    url, wish = f"{front}/widget/transcript/mail", {"id": "w-1"}
    assert requests.post(url, json=wish, headers=stranger.headers, timeout=10).status_code == 403
    for _ in range(2):
        assert requests.post(url, json=wish, headers=laptop.headers, timeout=10).status_code == 202
    deadline = time.monotonic() + 15
    while not (copies := [mail for mail in system.mails() if "como cambio la version de php" in mail.read_text("utf-8")]):
        assert time.monotonic() < deadline, "the copy was not mailed"
        time.sleep(0.2)
    (copy,) = copies
    assert f"To: {login['email']}" in copy.read_text("utf-8")

    laptop.write("cerrar sesión")
    # He may be logged in elsewhere too; what he left is not offered.
    other = found(front, phone).json()["conversation"] or {"messages": []}
    assert "como cambio la version de php" not in [message["text"] for message in other["messages"]]
