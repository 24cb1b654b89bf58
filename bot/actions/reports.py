"""The guided report in Rasa's form: start it, take each message, show the summary, open the ticket."""

from __future__ import annotations

import uuid
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answers import CorpusAction, Events
from bot.actions.escalation import Escalation, EscalationError, EscalationRefused
from bot.actions.settings import Settings
from bot.actions.ticket_form import CONFIRMED, FIELDS, MAX_FIELD_LENGTH, SESSION, Step, Turn, fields_for, next_missing, take
from bot.actions.turn import decision_of, form_turn, request_id, transcript

REQUESTED = "requested_slot"
ASKED_ALREADY = "asked_already"
# Ways to leave the form without sending: what was said is kept for the next start, except after a cancellation.
LATER, DOWN = "later", "down"
FAREWELL = {"cancel": "utter_form_cancelled", LATER: "utter_form_later", DOWN: "utter_escalation_down"}


class StartReport(Action):
    """Prepares a report: a key of its own, and the customer's question as first description."""

    def name(self) -> str:
        return "action_start_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        kept = tracker.get_slot("left_form") in (LATER, DOWN)
        events: Events = [
            SlotSet("awaiting", None),
            SlotSet("left_form", None),
            SlotSet(SESSION, None),
            SlotSet(CONFIRMED, None),
        ]
        if not kept:
            events += [SlotSet(name, None) for name in FIELDS]
            question = (tracker.get_slot("question") or "")[:MAX_FIELD_LENGTH]
            events += [SlotSet("description", question or None), SlotSet("report_key", str(uuid.uuid4()))]
        return events


class ValidateTicketForm(CorpusAction, Action):
    """Takes one message. It always sets a slot, so that Rasa never rejects the form and loses the message."""

    def __init__(self) -> None:
        super().__init__()
        self.escalation = Escalation(self.settings)

    def name(self) -> str:
        return "validate_ticket_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        counted: Events = [SlotSet("form_turn", (tracker.get_slot("form_turn") or 0) + 1)]
        requested = tracker.get_slot(REQUESTED)
        area = tracker.get_slot("area") or "other"
        values = {name: tracker.get_slot(name) for name in FIELDS}
        turn = form_turn(tracker)
        if requested is None and tracker.get_slot(SESSION):
            # Sending failed and the form came back: nothing new was said.
            return [*counted, SlotSet(REQUESTED, next_missing(values, area))]
        if requested in (None, SESSION) and turn.intent not in ("cancel", "later"):
            return counted + await self._identify(dispatcher, tracker, values, area, asked=requested == SESSION)
        if requested in (None, SESSION):
            return counted + _events(take(next_missing(values, area), turn, values, area), dispatcher)
        if self._is_question(tracker, turn):
            self.say(dispatcher, self.corpus[decision_of(tracker)["label"]])
            dispatcher.utter_message(response="utter_back_to_form")
            return [*counted, SlotSet(REQUESTED, requested)]
        return counted + _events(take(requested, turn, values, area), dispatcher)

    async def _identify(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, values: dict[str, Any], area: str, asked: bool
    ) -> Events:
        try:
            name = await self.escalation.customer_name(tracker.sender_id, request_id(tracker))
        except EscalationError:
            return [SlotSet("left_form", DOWN), SlotSet(REQUESTED, None)]
        if name is None:
            if asked:
                dispatcher.utter_message(response="utter_login_missing")
            return [SlotSet(REQUESTED, SESSION)]
        dispatcher.utter_message(response="utter_login_done", name=name)
        return [SlotSet(SESSION, True), SlotSet(REQUESTED, next_missing(values, area))]

    def _is_question(self, tracker: Tracker, turn: Turn) -> bool:
        decision = decision_of(tracker)
        return turn.text.strip().endswith("?") and decision.get("verdict") == "answer" and decision["label"] in self.corpus


def _events(step: Step, dispatcher: CollectingDispatcher) -> Events:
    for response in step.say:
        dispatcher.utter_message(response=response)
    events: Events = [SlotSet(name, value) for name, value in step.values.items()]
    if step.new_report:
        events.append(SlotSet("report_key", str(uuid.uuid4())))
    if step.asked_already:
        events.append(SlotSet(ASKED_ALREADY, True))
    if step.left:
        events.append(SlotSet("left_form", step.left))
    return [*events, SlotSet(REQUESTED, step.next)]


class AskConfirmed(Action):
    """Shows the summary."""

    def name(self) -> str:
        return "action_ask_ticket_form_confirmed"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if tracker.get_slot(ASKED_ALREADY):
            return [SlotSet(ASKED_ALREADY, False)]
        area = tracker.get_slot("area") or "other"
        given = {name: tracker.get_slot(name) or "" for name in FIELDS}
        dispatcher.utter_message(response="utter_summary_mail" if area == "mail" else "utter_summary", **given)
        return []


class FinishReport(Action):
    """Opens the ticket, or says that nothing was sent."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.escalation = Escalation(self.settings)

    def name(self) -> str:
        return "action_finish_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        left = tracker.get_slot("left_form")
        if left:
            dispatcher.utter_message(response=FAREWELL[left])
            return []
        try:
            ticket = await self.escalation.open_ticket(tracker.get_slot("report_key"), _report(tracker), request_id(tracker))
        except EscalationError as failed:
            again = [SlotSet(CONFIRMED, None), FollowupAction("ticket_form")]
            if isinstance(failed, EscalationRefused) and failed.status in (401, 403):
                # The log-in lapsed while he was typing.
                return [SlotSet(SESSION, None), *again]
            dispatcher.utter_message(response="utter_ticket_failed")
            return again
        dispatcher.utter_message(response="utter_ticket_opened", number=ticket.number, link=ticket.link)
        done = (*FIELDS, CONFIRMED, SESSION, "question", "report_key", "area", "awaiting")
        return [SlotSet(name, None) for name in done]


def _report(tracker: Tracker) -> dict[str, Any]:
    area = tracker.get_slot("area") or "other"
    return {
        "conversation_id": tracker.sender_id,
        "area": area,
        "fields": {name: tracker.get_slot(name) for name in fields_for(area)},
        "shown_entries": tracker.get_slot("shown_entries") or [],
        "transcript": transcript(tracker),
    }
