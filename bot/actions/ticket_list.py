"""The customer's tickets as the chat shows them."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.summary import word

DONE = frozenset({"solved", "closed"})
# More than these are read in the Área de Clientes.
SHOWN = 5
# As much of a message as escalation tells.
NEWS_LENGTH = 200


def show(dispatcher: CollectingDispatcher, domain: dict[str, Any], tickets: list[dict[str, Any]]) -> None:
    """Say them, each with what he can do about it."""
    dispatcher.utter_message(response="utter_status_head" if tickets else "utter_status_none")
    for ticket in tickets[:SHOWN]:
        _show(dispatcher, domain, ticket)


def _show(dispatcher: CollectingDispatcher, domain: dict[str, Any], ticket: dict[str, Any]) -> None:
    verbs = ["add", "reopen" if ticket["status"] in DONE else "solve"]
    number = json.dumps({"number": ticket["number"]})
    dispatcher.utter_message(
        response="utter_status_ticket",
        buttons=[{"title": word(domain, f"utter_title_{verb}"), "payload": f"/ticket_{verb}{number}"} for verb in verbs],
        number=ticket["number"],
        subject=ticket["subject"],
        status=ticket["status_name"],
        details="".join(f"{line}\n" for line in (_promised(domain, ticket), _news(domain, ticket)) if line),
        link=ticket["link"],
    )


def _promised(domain: dict[str, Any], ticket: dict[str, Any]) -> str:
    promised = ticket.get("promised")
    return word(domain, "utter_status_promised").format(promised=promised) if promised else ""


def _news(domain: dict[str, Any], ticket: dict[str, Any]) -> str:
    news = ticket.get("last_news")
    if not news:
        return ""
    author = news["author_name"] if news["author"] == "staff" else word(domain, "utter_status_you")
    return word(domain, "utter_status_news").format(author=author, text=_shortened(news["text"]))


def _shortened(text: str) -> str:
    """One line; where escalation cut it, up to the last whole word."""
    line = " ".join(text.split())
    return line if len(text) < NEWS_LENGTH else line.rsplit(" ", 1)[0] + "…"
