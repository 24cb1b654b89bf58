"""What leaves the bot about a report: its draft, the look for a similar ticket, and the ticket itself, or the promise of one."""

from __future__ import annotations

from typing import Any

import structlog
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.escalation import ConversationDesk, Escalation, EscalationError, EscalationRefused, EscalationUnreachable
from bot.actions.report import Report
from bot.actions.report_fields import kept
from bot.actions.settings import Settings
from bot.actions.sites import foreign
from bot.actions.summary import lines, word
from bot.actions.turn import request_id, transcript
from bot.pending import PendingReports, provisional_number

log = structlog.get_logger()


class Submission:
    """Through ``escalation``, or past it where it is down."""

    def __init__(self, escalation: Escalation, settings: Settings) -> None:
        self._escalation = escalation
        self._pending_url, self._secret = settings.pending_database_url, settings.service_token

    async def keep_draft(self, desk: ConversationDesk, report: Report, shown: list[str]) -> None:
        """The half-filled report becomes a row; while escalation is down the tracker alone has it."""
        try:
            await desk.save_draft(report.key, report.values.get("area") or "other", _fields(report), shown)
        except EscalationError as failed:
            log.warning("draft not kept", reason=str(failed)[:200])

    async def similar(self, desk: ConversationDesk, report: Report) -> dict[str, Any] | None:
        """The customer's open ticket that this report resembles."""
        try:
            return await desk.similar(report.values.get("site", ""), report.values.get("description", ""), report.vector)
        except EscalationError as failed:
            log.warning("no look for similar tickets", reason=str(failed)[:200])
            return None

    async def append(
        self, dispatcher: CollectingDispatcher, domain: dict[str, Any], desk: ConversationDesk, report: Report
    ) -> None:
        """Add the report to the ticket that it resembles."""
        body = lines(domain, report).replace("**", "")
        try:
            await desk.add_message(str(report.similar), body, report.key)
        except EscalationUnreachable:
            dispatcher.utter_message(response="utter_escalation_down")
            return
        await desk.record("redirected_to_open_ticket", number=report.similar)
        await desk.cancel_draft()
        dispatcher.utter_message(response="utter_added_to_ticket", number=str(report.similar))

    async def submit(
        self, dispatcher: CollectingDispatcher, domain: dict[str, Any], tracker: Tracker, desk: ConversationDesk, report: Report
    ) -> None:
        """Open the ticket; where escalation is down, keep the report and give a provisional number.

        Raises:
            EscalationRefused: it does not take the report as it is (the log-in lapsed, say).
        """
        body = _body(tracker, report)
        # Staff see it at once; the customer was told when he named it.
        others = foreign(report.values.get("site", ""), (tracker.get_slot("known_customer") or {}).get("domains", ()))
        remarks = [word(domain, "utter_foreign_site_remark").format(site=others)] if others else []
        body["fields"].update({"remark": remarks[0]} if remarks else {})
        try:
            ticket = await self._escalation.open_ticket(report.key, body, request_id(tracker))
        except EscalationUnreachable as failed:
            remarks.append(word(domain, "utter_provisional_remark").format(number=provisional_number(report.key)))
            body["fields"]["remark"] = ". ".join(remarks)
            number = PendingReports(self._pending_url, self._secret).keep(report.key, body)
            log.warning("report kept for later", number=number, reason=str(failed)[:200])
            dispatcher.utter_message(response="utter_ticket_provisional", number=number)
            return
        await desk.record("ticket_opened", number=ticket["number"])
        dispatcher.utter_message(
            response="utter_ticket_opened",
            number=ticket["number"],
            link=ticket["link"],
            promised=ticket["promised"],
            depends=ticket["depends_on"],
        )


async def deliver(escalation: Escalation, pending: PendingReports) -> int:
    """Hand over what waits; returns how many reports escalation took."""
    taken = 0
    for report in pending.waiting():
        try:
            # He may have left since, or his log-in lapsed: it held when he sent it.
            body = {**report.body, "reported_at": report.kept_at.isoformat()}
            ticket = await escalation.open_ticket(report.key, body, "delivery")
        except EscalationRefused as refused:
            log.error("a kept report was refused", key=report.key, reason=str(refused)[:200])
            pending.refuse(report.key, str(refused))
        except EscalationUnreachable:
            break
        else:
            pending.delivered(report.key)
            desk = escalation.at(report.body["conversation_id"], "delivery")
            await desk.record("ticket_opened", number=ticket["number"], late=True)
            taken += 1
    return taken


def _fields(report: Report) -> dict[str, str]:
    return {name: value for name, value in kept(report.values).items() if name != "area"}


def _body(tracker: Tracker, report: Report) -> dict[str, Any]:
    body = {
        "conversation_id": tracker.sender_id,
        "area": report.values.get("area") or "other",
        "fields": _fields(report),
        "shown_entries": tracker.get_slot("shown_entries") or [],
        "transcript": transcript(tracker),
    }
    return {**body, "vector": report.vector} if report.vector else body
