"""The customer's tickets in the chat: how they are, a message or a file to one, solved, reopened."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answers import Events
from bot.actions.escalation import NOT_LOGGED_IN, EscalationError, EscalationRefused
from bot.actions.report_words import is_voice
from bot.actions.reports import CUSTOMER, REQUESTED, STATUS, ReportAction
from bot.actions.ticket_list import show
from bot.actions.turn import entity_of, form_turn, metadata_of

ACTIVE, BODY = "active_ticket", "message_body"


def _log_in(dispatcher: CollectingDispatcher) -> Events:
    dispatcher.utter_message(response="utter_status_login")
    return [SlotSet("wanted", STATUS)]


class TicketStatus(ReportAction, Action):
    """Lists the customer's tickets, each with what he can do about it."""

    def name(self) -> str:
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        try:
            tickets = await self.desk(tracker).tickets()
        except EscalationRefused as refused:
            if refused.status in NOT_LOGGED_IN:
                return _log_in(dispatcher)
            raise
        except EscalationError:
            dispatcher.utter_message(response="utter_status_down")
            return [SlotSet("wanted", None)]
        show(dispatcher, domain, tickets)
        await self.desk(tracker).record("tickets_shown")
        return [SlotSet("wanted", None)]


class LoggedIn(TicketStatus):
    """Outside a report a log-in was for something: show that."""

    def name(self) -> str:
        return "action_logged_in"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if tracker.get_slot("wanted") == STATUS:
            return await super().run(dispatcher, tracker, domain)
        dispatcher.utter_message(response="utter_affirm_what")
        return []


class WriteToTicket(Action):
    """Asks what is to be added."""

    def name(self) -> str:
        return "action_write_to_ticket"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [SlotSet(ACTIVE, entity_of(tracker, "number")), SlotSet(BODY, None)]


class ValidateMessageForm(ReportAction, Action):
    """Takes the message, whatever it is; only a cancellation is none."""

    def name(self) -> str:
        return "validate_message_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        counted = SlotSet("form_turn", (tracker.get_slot("form_turn") or 0) + 1)
        if tracker.get_slot(REQUESTED) is None:
            return [counted, SlotSet(REQUESTED, BODY)]
        turn = form_turn(tracker)
        if turn.file:
            said = "utter_voice_received" if is_voice(turn.file) else "utter_file_received"
            dispatcher.utter_message(response=said, name=turn.file)
            return [counted, SlotSet(REQUESTED, BODY)]
        if turn.intent in ("cancel", "later"):
            return [counted, SlotSet(BODY, None), SlotSet(REQUESTED, None)]
        if not any(character.isalnum() for character in turn.text):
            dispatcher.utter_message(response="utter_need_text")
            return [counted, SlotSet(REQUESTED, BODY)]
        return [counted, SlotSet(BODY, turn.text), SlotSet(REQUESTED, None)]


class AskMessage(Action):
    """The question of the form."""

    def name(self) -> str:
        return "action_ask_message_form_message_body"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(response="utter_write_message", number=tracker.get_slot(ACTIVE) or "")
        return []


class FinishMessage(ReportAction, Action):
    """Sends what was written."""

    def name(self) -> str:
        return "action_finish_message"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        number, body = tracker.get_slot(ACTIVE) or "", tracker.get_slot(BODY)
        done = [SlotSet(ACTIVE, None), SlotSet(BODY, None)]
        if not body:
            dispatcher.utter_message(response="utter_message_not_added")
            return done
        # The front door's id of the message: sent again, it is the same message.
        key = f"chat-{tracker.sender_id}-{metadata_of(tracker).get('message_id')}"
        try:
            await self.desk(tracker).add_message(number, body, key)
        except EscalationRefused as refused:
            if refused.status in NOT_LOGGED_IN:
                return [*done, *_log_in(dispatcher)]
            dispatcher.utter_message(response="utter_message_failed")
            return done
        except EscalationError:
            dispatcher.utter_message(response="utter_message_failed")
            return done
        dispatcher.utter_message(response="utter_message_added", number=number)
        return done


class ChangeTicket(ReportAction, Action):
    """Solved, or open again."""

    def name(self) -> str:
        return "action_change_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        number = entity_of(tracker, "number") or ""
        verb = (tracker.latest_message.get("intent", {}).get("name") or "").removeprefix("ticket_")
        try:
            await self.desk(tracker).change(number, verb)
        except EscalationRefused as refused:
            if refused.status in NOT_LOGGED_IN:
                return _log_in(dispatcher)
            dispatcher.utter_message(response="utter_ticket_unchanged")
        except EscalationError:
            dispatcher.utter_message(response="utter_status_down")
        else:
            dispatcher.utter_message(response=f"utter_ticket_{'solved' if verb == 'solve' else 'reopened'}", number=number)
        return []


class FileAdded(Action):
    """A file outside a report waits for the ticket of its conversation."""

    def name(self) -> str:
        return "action_file_added"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        name = (metadata_of(tracker).get("file") or {}).get("name", "")
        dispatcher.utter_message(response="utter_voice_kept" if is_voice(name) else "utter_file_kept", name=name)
        return []


class LogOut(ReportAction, Action):
    """Ends the bond between this conversation and the customer."""

    def name(self) -> str:
        return "action_log_out"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        try:
            await self.desk(tracker).leave()
        except EscalationError:
            dispatcher.utter_message(response="utter_log_out_failed")
            return []
        dispatcher.utter_message(response="utter_logged_out")
        # Nothing of his stays behind for whoever sits down next.
        return [
            SlotSet(name, None) for name in (CUSTOMER, "report", "earlier", "left_form", "question", "found", "awaiting", "wanted")
        ]
