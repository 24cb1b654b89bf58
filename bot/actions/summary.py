"""How each step of the report is asked. All words are the domain's; here they are only put together."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.report import CONFIRM, Report
from bot.actions.report_fields import ONCE, kept

# More buttons than this are a list to read, not to press.
BUTTONS = 6


def asking(dispatcher: CollectingDispatcher, domain: dict[str, Any], report: Report, customer: dict[str, Any] | None) -> None:
    """Ask the step of ``report``; ``customer``'s own domains and mailboxes are offered as buttons."""
    if report.step == CONFIRM:
        dispatcher.utter_message(response="utter_summary", lines=lines(domain, report))
        return
    own = [*(customer or {}).get("domains", []), *(customer or {}).get("mailboxes", [])] if report.step == "site" else []
    asked = f"utter_ask_{report.step}"
    # How it is asked depends on what it is about: nothing is broken in an invoice.
    once = report.step == "circumstances" and report.values.get("frequency") == ONCE
    for_area = f"{asked}_once" if once else f"{asked}_{report.values.get('area')}"
    buttons = [{"title": name, "payload": "/choose_field"} for name in own[:BUTTONS]]
    if for_area in domain["responses"]:
        dispatcher.utter_message(response=for_area, **({"buttons": buttons} if buttons else {}))
    elif buttons:
        dispatcher.utter_message(response="utter_ask_site_of_yours", buttons=buttons)
    else:
        dispatcher.utter_message(response=asked)


def lines(domain: dict[str, Any], report: Report) -> str:
    """The report as a list, one field a line."""
    shown = []
    for name, value in kept(report.values).items():
        # A line a field: what he wrote in several goes into one.
        text = word(domain, f"utter_area_{value}") if name == "area" else " / ".join(value.splitlines())
        shown.append(f"- **{word(domain, f'utter_label_{name}')}:** {text}")
    return "\n".join(shown)


def corrections(domain: dict[str, Any], report: Report) -> list[dict[str, str]]:
    """A button for each field that can be changed."""
    return [{"title": word(domain, f"utter_label_{name}"), "payload": f"/correct_{name}"} for name in kept(report.values)]


def word(domain: dict[str, Any], response: str) -> str:
    """The text of a response that is a single word or phrase."""
    return str(domain["responses"][response][0]["text"])
