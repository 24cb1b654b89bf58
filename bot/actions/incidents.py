"""What is down is said first, and whoever it touches may wait for the end instead of opening one more ticket."""

from __future__ import annotations

from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.escalation import ConversationDesk, Escalation, EscalationError, EscalationRefused
from bot.actions.settings import Settings
from bot.actions.summary import word
from bot.actions.turn import entity_of, request_id

log = structlog.get_logger()
TOLD = "told_incidents"
# Service area and site of somebody's trouble, as far as they are known.
Trouble = tuple[str | None, str | None]


async def touching(desk: ConversationDesk, area: str | None, site: str | None) -> dict[str, Any] | None:
    """The incident that touches this trouble or this customer most closely; None also where nobody can say."""
    try:
        found = await desk.incidents(area, site)
    except EscalationError as failed:
        log.warning("no look for incidents", reason=str(failed)[:200])
        return None
    return found[0] if found else None


async def say_first(
    dispatcher: CollectingDispatcher, domain: dict[str, Any], tracker: Tracker, desk: ConversationDesk, trouble: Trouble
) -> list[dict[str, Any]]:
    """Say it, once in a conversation; what was asked is answered all the same."""
    told = tracker.get_slot(TOLD) or []
    incident = await touching(desk, *trouble)
    if incident is None or incident["id"] in told:
        return []
    payload = f'/incident_notify{{"number": "{incident["id"]}"}}'
    buttons = [{"title": word(domain, "utter_incident_notify_title"), "payload": payload}]
    dispatcher.utter_message(response="utter_incident", title=incident["title"], news=incident["text"], buttons=buttons)
    await desk.record("incident_told", incident=incident["id"])
    return [SlotSet(TOLD, [*told, incident["id"]])]


async def join(dispatcher: CollectingDispatcher, desk: ConversationDesk, incident_id: str) -> bool:
    """Put the conversation on the list of those who wait, and say so; whether it is on it now."""
    try:
        await desk.join_incident(incident_id)
    except EscalationRefused:
        dispatcher.utter_message(response="utter_incident_over")
        return False
    except EscalationError:
        dispatcher.utter_message(response="utter_status_down")
        return False
    await desk.record("incident_joined", incident=incident_id)
    dispatcher.utter_message(response="utter_incident_joined")
    return True


class JoinIncident(Action):
    """«Avíseme cuando vuelva», outside a report."""

    def __init__(self) -> None:
        super().__init__()
        self.escalation = Escalation(Settings.from_environment())

    def name(self) -> str:
        return "action_join_incident"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        desk = self.escalation.at(tracker.sender_id, request_id(tracker))
        await join(dispatcher, desk, entity_of(tracker, "number") or "-")
        return [SlotSet("awaiting", None)]
