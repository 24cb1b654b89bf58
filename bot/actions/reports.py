"""The guided report in Rasa's form: each message is taken by the rules, what they ask for outside is done, the next step asked."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answers import CorpusAction, Events
from bot.actions.escalation import NOT_LOGGED_IN, ConversationDesk, Escalation, EscalationError, EscalationRefused
from bot.actions.incidents import join, touching
from bot.actions.report import (
    CODE_ADDRESS,
    CONFIRM,
    INCIDENT,
    RESUME,
    SESSION,
    SIMILAR,
    UNKNOWN_CUSTOMER,
    Report,
    Step,
    begin,
    proceed,
    take,
)
from bot.actions.report_fields import FIELDS, only_area
from bot.actions.report_words import asks
from bot.actions.submission import Submission
from bot.actions.summary import asking, corrections, offered
from bot.actions.ticket_list import show
from bot.actions.turn import decision_of, entity_of, form_turn, found_fields, request_id
from bot.faq.lexical import plain

REQUESTED, STEP, REPORT, CUSTOMER = "requested_slot", "step", "report", "known_customer"
# "quiero abrir un ticket porque…": so long a request tells what is wrong already.
TELLING_WORDS = 9
# Ways to leave without sending: what was said is kept for the next start, except after a cancellation.
LATER, DOWN, CANCELLED, LOGGED_OUT = "later", "down", "cancel", "log_out"
# He logged in for his tickets (slot `wanted`), not for a report.
STATUS = "status"
FAREWELL = {
    CANCELLED: "utter_form_cancelled",
    LATER: "utter_form_later",
    DOWN: "utter_escalation_down",
    "not_a_customer": "utter_not_a_customer",
    LOGGED_OUT: "utter_logged_out",
}


class ReportAction(CorpusAction):
    """For actions that carry the report on. No Action itself: rasa_sdk registers every subclass of that."""

    def __init__(self) -> None:
        super().__init__()
        self.escalation = Escalation(self.settings)
        self.submission = Submission(self.escalation, self.settings)

    def desk(self, tracker: Tracker) -> ConversationDesk:
        """Escalation's view of this conversation."""
        return self.escalation.at(tracker.sender_id, request_id(tracker))


class StartReport(ReportAction, Action):
    """Prepares a report: the one that was left, or a new one with the customer's question as first description."""

    def name(self) -> str:
        return "action_start_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        cleared = [SlotSet(name, None) for name in ("awaiting", "left_form", STEP, REQUESTED)]
        intent = tracker.latest_message.get("intent", {}).get("name")
        if intent == "send_code":
            return [*cleared, SlotSet(REPORT, Report(step=CODE_ADDRESS).as_dict())]
        left, stored = tracker.get_slot("left_form"), tracker.get_slot(REPORT)
        report = Report.of(stored) if stored and left in (LATER, DOWN) and not decision_of(tracker).get("reason") else None
        if intent == "ask_human":
            await self.desk(tracker).record("asked_for_person")
        await self.desk(tracker).record("form_started")
        return [*cleared, SlotSet("wanted", None), SlotSet(REPORT, replace(report or self._begun(tracker), step=SESSION).as_dict())]

    def _begun(self, tracker: Tracker) -> Report:
        question, vector = tracker.get_slot("question") or "", tracker.get_slot("question_vector")
        told, area = self._told(tracker, question), tracker.get_slot("area")
        found = {**(tracker.get_slot("found") or {}), **found_fields(tracker)}
        description = "\n".join(filter(None, (question, told)))
        # Who names a mail program, or a mailbox, speaks of mail.
        about_mail = "mail" if "mail_program" in found or "@" in found.get("site", "") else None
        area = area or only_area(plain(told)) or about_mail
        return begin(description, found, area, vector or decision_of(tracker).get("vector"))

    def _told(self, tracker: Tracker, question: str) -> str:
        """What is wrong, where he says it in the same breath as that he wants a ticket."""
        decision, said = decision_of(tracker), tracker.latest_message.get("text") or ""
        if "wish" in decision:
            return str(decision["reason"])
        return said if decision and not question and len(said.split()) >= TELLING_WORDS else ""


class ValidateTicketForm(ReportAction, Action):
    """Takes one message. It always sets a slot, so that Rasa never rejects the form and loses the message."""

    def name(self) -> str:
        return "validate_ticket_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        report = Report.of(tracker.get_slot(REPORT) or Report().as_dict())
        customer = tracker.get_slot(CUSTOMER)
        opening = tracker.get_slot(REQUESTED) is None
        turn = form_turn(tracker, (customer or {}).get("domains", ()))
        if not opening and turn.file is None and self._answered_aside(dispatcher, tracker, report):
            dispatcher.utter_message(response="utter_back_to_form")
            return self._events(tracker, report, domain, dispatcher)
        if turn.intent == "incident_notify" and report.step != INCIDENT:
            # The button of an answer before the report; the report goes on.
            await join(dispatcher, self.desk(tracker), entity_of(tracker, "number") or "-")
            return self._events(tracker, report, domain, dispatcher)
        if turn.choice and turn.choice not in offered(domain, report, customer):
            dispatcher.utter_message(response="utter_stale_button")
            return self._events(tracker, report, domain, dispatcher)
        if report.step in (SESSION, "code", "code_address") and (opening or turn.intent == "logged_in"):
            return await self._identify(dispatcher, tracker, domain, report, asked=not opening)
        step = Step(report) if opening else take(report, turn)
        return await self._carry_out(dispatcher, tracker, domain, step)

    async def _identify(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], report: Report, asked: bool
    ) -> Events:
        desk = self.desk(tracker)
        try:
            known = await desk.known()
        except EscalationError:
            return self._leave(report, DOWN)
        if known.customer is None:
            if asked:
                dispatcher.utter_message(response="utter_login_missing")
                report = replace(report, step=SESSION)
            return self._events(tracker, report, domain, dispatcher)
        if asked or not tracker.get_slot(CUSTOMER):
            dispatcher.utter_message(response="utter_login_done", name=known.customer["name"])
            await desk.record("logged_in")
        if tracker.get_slot("wanted") == STATUS:
            return [*self._leave(report, STATUS), SlotSet(CUSTOMER, known.customer)]
        earlier = known.draft or known.other_draft
        if earlier and earlier["key"] != report.key and earlier["fields"].get("description"):
            report = replace(report, step=RESUME)
            subject = " ".join(earlier["fields"]["description"].split())[:120]
            dispatcher.utter_message(response="utter_resume", subject=subject)
            return [
                *self._events(tracker, report, domain, dispatcher, asked=True, customer=known.customer),
                SlotSet("earlier", earlier),
            ]
        return await self._next(dispatcher, tracker, domain, proceed(report), known.customer)

    async def _carry_out(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], step: Step) -> Events:
        report = step.report
        for response, values in step.say:
            # Which fields there are to correct depends on the report.
            buttons = corrections(domain, report) if response == "utter_correct_which" else None
            dispatcher.utter_message(response=response, buttons=buttons, **values)
        if step.do == "leave":
            return await self._abandon(tracker, step)
        if step.do == "resume":
            report = await self._resumed(tracker)
        if step.do == "refuse":
            await self._refuse(tracker)
        if step.do == "send_code":
            return await self._send_code(dispatcher, tracker, domain, step)
        if step.do in ("submit", "append", "join"):
            return [*self._leave(report, None), SlotSet("sending", step.do)]
        if step.asked:
            return self._events(tracker, report, domain, dispatcher, asked=True)
        return await self._next(dispatcher, tracker, domain, report, tracker.get_slot(CUSTOMER))

    async def _next(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
        report: Report,
        customer: dict[str, Any] | None,
    ) -> Events:
        """Keep the draft, look for a similar ticket before the summary, ask."""
        desk = self.desk(tracker)
        # The row comes before the next question: whoever is asked something new has had his answer kept.
        # (While an older draft is offered, the new report must not take its place.)
        if report.step not in (*UNKNOWN_CUSTOMER, RESUME):
            await self.submission.keep_draft(desk, report, tracker.get_slot("shown_entries") or [])
        if report.step == CONFIRM and not report.heard:
            incident = await touching(desk, report.values.get("area"), report.values.get("site"))
            report = replace(report, heard=True, incident=incident["id"] if incident else None)
            if incident:
                dispatcher.utter_message(response="utter_incident_same", title=incident["title"], news=incident["text"])
                waiting = replace(report, step=INCIDENT)
                return self._events(tracker, waiting, domain, dispatcher, asked=True, customer=customer)
        if report.step == CONFIRM and not report.compared:
            found = await self.submission.similar(desk, report)
            report = replace(report, compared=True, similar=found["number"] if found else None, step=SIMILAR if found else CONFIRM)
            if found:
                dispatcher.utter_message(response="utter_similar", number=found["number"], subject=found["subject"])
                return self._events(tracker, report, domain, dispatcher, asked=True, customer=customer)
        if report.step in (*FIELDS, CONFIRM):
            await desk.record("form_field", field=report.step)
        return self._events(tracker, report, domain, dispatcher, customer=customer)

    async def _send_code(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], step: Step) -> Events:
        desk = self.desk(tracker)
        try:
            await desk.send_code(step.how)
        except EscalationError:
            return self._leave(step.report, DOWN)
        await desk.record("code_sent")
        return self._events(tracker, step.report, domain, dispatcher)

    async def _resumed(self, tracker: Tracker) -> Report:
        earlier = tracker.get_slot("earlier") or {}
        try:
            if earlier.get("conversation_id") not in (None, tracker.sender_id):
                earlier = await self.desk(tracker).adopt_draft(earlier["conversation_id"])
        except EscalationError:
            # Another device took it in the meantime: its words are here all the same, as a new report.
            earlier = {**earlier, "key": Report().key}
        values = {name: value for name, value in earlier.get("fields", {}).items() if value and name in FIELDS}
        return proceed(Report(key=earlier["key"], values={**values, "area": earlier.get("area") or "other"}))

    async def _refuse(self, tracker: Tracker) -> None:
        """A draft that he does not want is not offered again."""
        earlier, desk = tracker.get_slot("earlier") or {}, self.desk(tracker)
        with suppress(EscalationError):
            if earlier.get("conversation_id") not in (None, tracker.sender_id):
                await desk.adopt_draft(earlier["conversation_id"])
            await desk.cancel_draft()

    async def _abandon(self, tracker: Tracker, step: Step) -> Events:
        desk = self.desk(tracker)
        await desk.record("form_left", where=step.report.step, how=step.how)
        if step.how == CANCELLED:
            # Where that fails, an old draft is offered again, which he can refuse.
            with suppress(EscalationError):
                await desk.cancel_draft()
        if step.how == LOGGED_OUT:
            with suppress(EscalationError):
                await desk.leave()
            return [*self._leave(step.report, step.how), SlotSet(CUSTOMER, None)]
        return self._leave(step.report, step.how)

    def _leave(self, report: Report, how: str | None) -> Events:
        return [SlotSet(REPORT, report.as_dict()), SlotSet("left_form", how), SlotSet(STEP, report.step), SlotSet(REQUESTED, None)]

    def _events(
        self,
        tracker: Tracker,
        report: Report,
        domain: dict[str, Any],
        dispatcher: CollectingDispatcher,
        asked: bool = False,
        customer: dict[str, Any] | None = None,
    ) -> Events:
        known = customer or tracker.get_slot(CUSTOMER)
        if not asked:
            asking(dispatcher, domain, report, known)
        # The step is counted as well, so that the same question asked again is a change for Rasa.
        turns = (tracker.get_slot("form_turn") or 0) + 1
        return [
            SlotSet("form_turn", turns),
            SlotSet(REPORT, report.as_dict()),
            SlotSet(CUSTOMER, known),
            SlotSet(REQUESTED, STEP),
        ]

    def _answered_aside(self, dispatcher: CollectingDispatcher, tracker: Tracker, report: Report) -> bool:
        """A question in the middle is answered, as far as that goes, and the report goes on where it was."""
        decision = decision_of(tracker)
        text = plain((tracker.latest_message.get("text") or "").strip())
        verdict, label = decision.get("verdict"), decision.get("label")
        if "wish" in decision:  # "¿me pueden llamar?" has an answer of its own
            return False
        if text.endswith("?") and verdict == "answer" and label in self.corpus:
            self.say(dispatcher, self.corpus[label])
            return True
        # "¿Por qué no me llegan los mails?" may well be the problem itself.
        if (
            report.step not in (*FIELDS[2:], "area", CONFIRM)
            or not asks(text)
            or verdict not in ("ask_back", "ticket", "off_topic")
        ):
            return False
        likely = [c["label"] for c in decision["candidates"] if c["label"] in self.corpus] if verdict == "ask_back" else []
        links = " · ".join(f"[{self.corpus[name].title}]({self.page_of(name)})" for name in likely)
        dispatcher.utter_message(response="utter_form_maybe" if links else "utter_form_question", links=links)
        return True


class AskStep(Action):
    """The form's question was asked by the validation already, with its reason before it."""

    def name(self) -> str:
        return "action_ask_ticket_form_step"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return []


class FinishReport(ReportAction, Action):
    """Opens the ticket, adds to the similar one, or says that nothing was sent."""

    def name(self) -> str:
        return "action_finish_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        left = tracker.get_slot("left_form")
        report = Report.of(tracker.get_slot(REPORT))
        desk = self.desk(tracker)
        if left == STATUS:
            return await self._tickets(dispatcher, domain, desk)
        if left:
            dispatcher.utter_message(response=FAREWELL[left])
            return [SlotSet("sending", None)] if left in (LATER, DOWN) else _forgotten()
        try:
            if tracker.get_slot("sending") == "join" and report.incident:
                if await join(dispatcher, desk, report.incident):
                    await desk.cancel_draft()
            elif tracker.get_slot("sending") == "append" and report.similar:
                await self.submission.append(dispatcher, domain, desk, report)
            else:
                await self.submission.submit(dispatcher, domain, tracker, desk, report)
        except EscalationRefused as refused:
            again = [
                SlotSet("sending", None),
                SlotSet(REPORT, replace(report, step=SESSION).as_dict()),
                SlotSet("left_form", LATER),
            ]
            said = "utter_session_lapsed" if refused.status in NOT_LOGGED_IN else "utter_ticket_failed"
            dispatcher.utter_message(response=said)
            return again
        return _forgotten()

    async def _tickets(self, dispatcher: CollectingDispatcher, domain: dict[str, Any], desk: ConversationDesk) -> Events:
        try:
            show(dispatcher, domain, await desk.tickets())
            await desk.record("tickets_shown")
        except EscalationError:
            dispatcher.utter_message(response="utter_status_down")
        return [*_forgotten(), SlotSet("wanted", None)]


def _forgotten() -> Events:
    names = (REPORT, STEP, "sending", "question", "question_vector", "found", "area", "awaiting", "left_form", "earlier")
    return [SlotSet(name, None) for name in (*names, REQUESTED)]
