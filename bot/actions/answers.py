"""Answering from the corpus: show an entry, ask back between entries, or offer the ticket."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.escalation import Escalation
from bot.actions.incidents import say_first
from bot.actions.report_fields import bare_area, only_area
from bot.actions.settings import Settings
from bot.actions.turn import decision_of, entity_of, found_fields, request_id
from bot.faq.corpus import Corpus, Entry
from bot.faq.lexical import plain
from bot.faq.live import published
from bot.faq.phrasings import NEEDS_TICKET
from bot.faq.sections import for_program

Events = list[dict[str, Any]]
# Below this the first candidate says nothing of the service area: it is asked.
AREA_AT = 0.15
# So short a message after an answer is about it.
FEW_WORDS = 3


def area_of(decision: dict[str, Any], entry: Entry | None, said: str) -> str | None:
    """The service area of a question, where its first candidate leaves no doubt; ``said`` are its words."""
    likely = decision.get("candidates") or [{}]
    sure = entry is not None and likely[0].get("probability", 0.0) >= AREA_AT and entry.area != "other"
    return entry.area if sure and entry is not None else only_area(plain(said))


def _last(tracker: Tracker) -> str | None:
    """The entry that was shown last."""
    return next(reversed(tracker.get_slot("shown_entries") or []), None)


class CorpusAction:
    """For actions that read the published answers. No Action itself: rasa_sdk registers every subclass of that."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()

    @property
    def corpus(self) -> Corpus:
        """The answers as they are published now."""
        return published().current()

    def say(self, dispatcher: CollectingDispatcher, entry: Entry, program: str | None = None) -> None:
        """Say ``entry``: short answer, steps, what is special in the customer's ``program``, link to its page."""
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(entry.steps, start=1))
        own = for_program(entry, program) if program else ""
        link = self.page_of(entry.id)
        parts = "\n\n".join(part for part in (steps, own) if part)
        dispatcher.utter_message(response="utter_answer", title=entry.title, answer=entry.answer, steps=parts, link=link)

    def page_of(self, entry_id: str) -> str:
        """Where the help centre has the whole answer."""
        return f"{self.settings.front_url}/ayuda/{entry_id}"

    def show(self, dispatcher: CollectingDispatcher, shown: list[str], entry: Entry, program: str | None = None) -> Events:
        """Say ``entry`` and ask whether it helped. ``shown``: ids of the entries that this question has seen before."""
        self.say(dispatcher, entry, program)
        dispatcher.utter_message(response="utter_solved_check")
        return [
            SlotSet("awaiting", "solved_check"),
            SlotSet("area", entry.area),
            SlotSet("shown_entries", [*shown, entry.id]),
        ]

    def choices(self, ids: list[str]) -> list[dict[str, str]]:
        """A button for each entry."""
        return [
            {"title": self.corpus[entry_id].title, "payload": f'/choose_entry{{"topic": "{entry_id}"}}'}
            for entry_id in ids
            if entry_id in self.corpus
        ]

    def ask_back(self, dispatcher: CollectingDispatcher, domain: dict[str, Any], ids: list[str]) -> None:
        """Ask which of the entries it is, with a way out."""
        none_title = domain["responses"]["utter_none_of_these_title"][0]["text"]
        buttons = [*self.choices(ids), {"title": none_title, "payload": "/none_of_these"}]
        dispatcher.utter_message(response="utter_ask_back" if len(buttons) > 2 else "utter_ask_back_one", buttons=buttons)

    async def record(self, tracker: Tracker, kind: str, **detail: Any) -> None:
        """Note an outcome for later measures."""
        await Escalation(self.settings).at(tracker.sender_id, request_id(tracker)).record(kind, **detail)

    def offer_others(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Offer the other candidates of the question beside the ticket."""
        shown = set(tracker.get_slot("shown_entries") or [])
        # Where nothing was shown yet, these were offered a moment ago.
        others = [entry_id for entry_id in tracker.get_slot("candidates") or [] if entry_id not in shown] if shown else []
        if others:
            dispatcher.utter_message(response="utter_next_candidates", buttons=self.choices(others))
        elif shown:
            dispatcher.utter_message(response="utter_not_solved")
        dispatcher.utter_message(response="utter_offer_ticket")
        # Offered once: the second "no" must lead on, not round in a circle.
        return [SlotSet("awaiting", "ticket_offer"), SlotSet("candidates", [])]


class Respond(CorpusAction, Action):
    """Does what the decision says about the customer's question."""

    def name(self) -> str:
        return "action_respond"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        said = tracker.latest_message.get("text") or ""
        if not any(character.isalnum() for character in said):
            dispatcher.utter_message(response="utter_default")
            return []
        decision = decision_of(tracker)
        ids = [candidate["label"] for candidate in decision.get("candidates", []) if candidate["label"] in self.corpus]
        area = area_of(decision, self.corpus[ids[0]] if ids else None, said)
        told = []
        if decision.get("verdict") != "off_topic":
            desk = Escalation(self.settings).at(tracker.sender_id, request_id(tracker))
            told = await say_first(dispatcher, domain, tracker, desk, (area, found_fields(tracker).get("site")))
        # What is down was said, whatever follows from the question.
        return told + await self._respond(dispatcher, tracker, domain, ids, area)

    async def _respond(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any], ids: list[str], area: str | None
    ) -> Events:
        """By the decision; ``ids`` are its candidates that are published, ``area`` what the question is about."""
        asked, verdict = self._asked(tracker, ids, area), decision_of(tracker).get("verdict")
        bare = bare_area(plain(tracker.latest_message.get("text") or ""))
        if bare and verdict in ("answer", "ask_back", "ticket"):
            # "El mail": whatever entry is nearest, it would be a guess.
            dispatcher.utter_message(response=f"utter_more_{bare}")
            return [SlotSet("awaiting", None), SlotSet("area", bare)]
        if ids and verdict == "answer":
            return asked + await self._answer(dispatcher, tracker, self.corpus[ids[0]])
        if ids and verdict in ("ask_back", "talk"):
            await self.record(tracker, "asked_back", topic=ids[0], choices=len(ids))
            self.ask_back(dispatcher, domain, ids)
            return [*asked, SlotSet("awaiting", "choice")]
        if verdict == "talk":
            dispatcher.utter_message(response="utter_affirm_what")
            return []
        return await self._without_answer(dispatcher, tracker, asked)

    def _asked(self, tracker: Tracker, ids: list[str], area: str | None) -> Events:
        """The question, for whatever follows from it."""
        return [
            SlotSet("question", tracker.latest_message.get("text") or ""),
            SlotSet("question_vector", decision_of(tracker).get("vector")),
            SlotSet("found", found_fields(tracker)),
            SlotSet("candidates", ids),
            SlotSet("shown_entries", []),
            SlotSet("area", area),
        ]

    async def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, entry: Entry) -> Events:
        await self.record(tracker, "answered", topic=entry.id)
        return self.show(dispatcher, [], entry, found_fields(tracker).get("mail_program"))

    async def _without_answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, asked: Events) -> Events:
        words = len((tracker.latest_message.get("text") or "").split())
        before = _last(tracker) if tracker.get_slot("awaiting") == "solved_check" else None
        off_topic = decision_of(tracker).get("verdict") == "off_topic"
        if before and before in self.corpus and words <= FEW_WORDS:
            # "¿Cómo?", "no entiendo": about the answer above.
            dispatcher.utter_message(response="utter_explain_answer", link=self.page_of(before))
            return []
        if off_topic and words == 1:
            dispatcher.utter_message(response="utter_default")
            return []
        if off_topic:
            await self.record(tracker, "off_topic")
            dispatcher.utter_message(response="utter_off_topic")
            return [SlotSet("awaiting", None)]
        await self.record(tracker, "ticket_offered")
        needs_staff = decision_of(tracker).get("label") == NEEDS_TICKET
        dispatcher.utter_message(response="utter_needs_ticket" if needs_staff else "utter_no_entry")
        dispatcher.utter_message(response="utter_offer_ticket")
        return [*asked, *_joined(tracker), SlotSet("awaiting", "ticket_offer")]


def _joined(tracker: Tracker) -> Events:
    """ "No, quiero que lo hagan ustedes": said of the question before, which must not be lost."""
    earlier, said = tracker.get_slot("question"), tracker.latest_message.get("text")
    if not earlier or tracker.get_slot("awaiting") not in ("solved_check", "choice"):
        return []
    return [
        SlotSet("question", f"{earlier}\n{said}"),
        SlotSet("question_vector", tracker.get_slot("question_vector")),
        SlotSet("found", {**(tracker.get_slot("found") or {}), **found_fields(tracker)}),
        SlotSet("area", tracker.get_slot("area")),
    ]


class ShowEntry(CorpusAction, Action):
    """Shows the entry that the customer chose."""

    def name(self) -> str:
        return "action_show_entry"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        entry = self.corpus.get(entity_of(tracker, "topic") or "")
        if entry is None:
            dispatcher.utter_message(response="utter_default")
            return []
        program = (tracker.get_slot("found") or {}).get("mail_program")
        return self.show(dispatcher, tracker.get_slot("shown_entries") or [], entry, program)


class RepeatChoices(CorpusAction, Action):
    """Yes to "which of these?" says nothing: the same choices again."""

    def name(self) -> str:
        return "action_repeat_choices"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        self.ask_back(dispatcher, domain, tracker.get_slot("candidates") or [])
        return []


class NotSolved(CorpusAction, Action):
    """An answer that did not help."""

    def name(self) -> str:
        return "action_not_solved"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        await self.record(tracker, "not_solved", topic=_last(tracker))
        return self.offer_others(dispatcher, tracker)


class TryAgain(Respond):
    """No anda: after an answer it means that it did not help; before any answer it is a question, if a vague one."""

    def name(self) -> str:
        return "action_try_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if tracker.get_slot("awaiting") is None:
            return await super().run(dispatcher, tracker, domain)
        await self.record(tracker, "not_solved", topic=_last(tracker))
        return self.offer_others(dispatcher, tracker)


class OfferTicket(Action):
    """Offers the ticket."""

    def name(self) -> str:
        return "action_offer_ticket"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(response="utter_offer_ticket")
        return [SlotSet("awaiting", "ticket_offer")]


class Solved(CorpusAction, Action):
    """An answer helped: nothing of its question stays for a later report."""

    def name(self) -> str:
        return "action_solved"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        shown = tracker.get_slot("shown_entries") or []
        if shown:
            await self.record(tracker, "solved_by_answer", topic=shown[-1])
        return [SlotSet(name, None) for name in ("awaiting", "question", "question_vector", "found", "area")] + [
            SlotSet("candidates", []),
            SlotSet("shown_entries", []),
        ]


class ClearAwaiting(Action):
    """Forgets what the last question was; a later yes or no means nothing by it."""

    def name(self) -> str:
        return "action_clear_awaiting"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [SlotSet("awaiting", None), SlotSet("candidates", []), SlotSet("shown_entries", [])]
