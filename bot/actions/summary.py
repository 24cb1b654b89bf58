"""How each step of the report is asked. All words are the domain's; here they are only put together."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.report import CONFIRM, Report
from bot.actions.report_fields import ONCE, kept

# More buttons than this are a list to read, not to press.
BUTTONS = 6
# A summary is for checking at a glance; the ticket has the whole text.
SUMMARY_LENGTH = 600


def asking(dispatcher: CollectingDispatcher, domain: dict[str, Any], report: Report, customer: dict[str, Any] | None) -> None:
    """Ask the step of ``report``; ``customer``'s own domains and mailboxes are offered as buttons."""
    if report.step == CONFIRM:
        dispatcher.utter_message(response="utter_summary", lines=lines(domain, report, SUMMARY_LENGTH))
        return
    response, own = _question(domain, report), _own(report, customer)
    buttons = [{"title": name, "payload": "/choose_field"} for name in own]
    if buttons and response == "utter_ask_site":
        response = "utter_ask_site_of_yours"
    dispatcher.utter_message(response=response, **({"buttons": buttons} if buttons else {}))


def offered(domain: dict[str, Any], report: Report, customer: dict[str, Any] | None) -> set[str]:
    """What the buttons of the present question say; a button of another one is no answer to it."""
    asked = domain["responses"].get(_question(domain, report), [{}])[0].get("buttons", [])
    return {*_own(report, customer), *(button["title"] for button in asked)}


def _question(domain: dict[str, Any], report: Report) -> str:
    """How it is asked depends on what it is about: nothing is broken in an invoice."""
    asked = f"utter_ask_{report.step}"
    once = report.step == "circumstances" and report.values.get("frequency", "").startswith(ONCE)
    special = f"{asked}_once" if once else f"{asked}_{report.values.get('area')}"
    return special if special in domain["responses"] else asked


def _own(report: Report, customer: dict[str, Any] | None) -> list[str]:
    known = customer or {}
    return [*known.get("domains", []), *known.get("mailboxes", [])][:BUTTONS] if report.step == "site" else []


def lines(domain: dict[str, Any], report: Report, longest: int | None = None) -> str:
    """The report as a list, one field a line; of each value at most ``longest`` characters."""
    shown = []
    for name, value in kept(report.values).items():
        # A line a field: what he wrote in several goes into one.
        text = word(domain, f"utter_area_{value}") if name == "area" else " / ".join(value.splitlines())
        text = text if longest is None or len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + "…"
        shown.append(f"- **{word(domain, f'utter_label_{name}')}:** {text}")
    return "\n".join(shown)


def corrections(domain: dict[str, Any], report: Report) -> list[dict[str, str]]:
    """A button for each field that can be changed."""
    return [{"title": word(domain, f"utter_label_{name}"), "payload": f"/correct_{name}"} for name in kept(report.values)]


def word(domain: dict[str, Any], response: str) -> str:
    """The text of a response that is a single word or phrase."""
    return str(domain["responses"][response][0]["text"])
