"""The rules of the guided report, free of Rasa: what one message of the customer does to a half-filled form."""

from __future__ import annotations

from dataclasses import dataclass, field

# What the support policy asks of a report, in the order a person would ask.
FIELDS = ("description", "error_message", "site", "mail_program", "frequency")
ONLY_FOR_MAIL = "mail_program"
SESSION = "session_open"
CONFIRMED = "confirmed"
MAX_FIELD_LENGTH = 4000

# A control word must be meant as one: short answers ("siempre", "ninguno") resemble them.
CONTROL_AT = 0.6

# Intents of the buttons that ask for one field anew, before the field's name.
CORRECTING = "correct_"

NOT_KNOWN = "No lo sabe"
NO_ERROR_MESSAGE = "No hay mensaje de error"
SKIPPING = frozenset({"skip", "dont_know"})
# "no", "ninguno", "no hay": a full answer to "which error message appears?".
NOTHING_SHOWN = frozenset({"skip", "dont_know", "deny", "none_of_these"})
LEAVING = {"cancel": "cancel", "later": "later"}


@dataclass(frozen=True)
class Turn:
    """One message while the form is open.

    ``intent`` is empty where understanding is not sure (below :data:`CONTROL_AT`); ``choice`` is the value of a pressed
    button.
    """

    text: str
    intent: str = ""
    choice: str | None = None


@dataclass(frozen=True)
class Step:
    """What follows: slots to set, responses to say, the slot to ask next (None: the form ends)."""

    next: str | None
    values: dict[str, str | None] = field(default_factory=dict)
    say: tuple[str, ...] = ()
    left: str | None = None
    # What was said is a question itself: the slot's own question must not follow it.
    asked_already: bool = False
    # Another report than before: it must not be taken for a repetition of the old one.
    new_report: bool = False


def fields_for(area: str) -> tuple[str, ...]:
    """The fields that apply to a service area; the mail program only where it is about mail."""
    return FIELDS if area == "mail" else tuple(name for name in FIELDS if name != ONLY_FOR_MAIL)


def next_missing(values: dict[str, str | None], area: str) -> str:
    """The first field without an answer, or the confirmation."""
    return next((name for name in fields_for(area) if not values.get(name)), CONFIRMED)


def take(requested: str, turn: Turn, values: dict[str, str | None], area: str) -> Step:
    """What ``turn`` does to the form while ``requested`` is being asked."""
    if turn.intent in LEAVING:
        return Step(None, left=LEAVING[turn.intent])
    if turn.intent == "start_over":
        cleared = dict.fromkeys(FIELDS)
        return Step("description", cleared, new_report=True)
    if requested == CONFIRMED:
        return _confirm(turn, values, area)
    if turn.intent == "go_back":
        return _back(requested, area)
    return _answer(requested, turn, values, area)


def _confirm(turn: Turn, values: dict[str, str | None], area: str) -> Step:
    if turn.intent in ("affirm", "open_ticket"):
        return Step(None, {CONFIRMED: "yes"})
    corrected = turn.intent.removeprefix(CORRECTING)
    if corrected in fields_for(area):
        return Step(corrected, {corrected: None})
    if turn.intent == "go_back":
        return _back(CONFIRMED, area)
    if turn.intent in ("correct", "deny"):
        which = "utter_correct_which_mail" if area == "mail" else "utter_correct_which"
        return Step(CONFIRMED, say=(which,), asked_already=True)
    return Step(CONFIRMED, say=("utter_confirm_unclear",))


def _back(requested: str, area: str) -> Step:
    order = [*fields_for(area), CONFIRMED]
    position = order.index(requested)
    if position == 0:
        return Step(requested, say=("utter_first_question",))
    previous = order[position - 1]
    return Step(previous, {previous: None})


def _answer(requested: str, turn: Turn, values: dict[str, str | None], area: str) -> Step:
    value = turn.choice or turn.text.strip()[:MAX_FIELD_LENGTH]
    if requested == "error_message" and turn.intent in NOTHING_SHOWN:
        value = NO_ERROR_MESSAGE
    elif turn.intent in SKIPPING and requested != "description":
        value = NOT_KNOWN
    if not any(character.isalnum() for character in value) or value.startswith("/"):
        return Step(requested, say=("utter_need_text",))
    return Step(next_missing({**values, requested: value}, area), {requested: value})
