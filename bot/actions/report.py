"""The rules of the guided report, free of Rasa: what one message of the customer does to a half-filled report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.actions.report_fields import (
    AREAS,
    FIELDS,
    MAX_FIELD_LENGTH,
    NO_ERROR_MESSAGE,
    NO_FILES,
    NOT_KNOWN,
    applies,
    area_named,
    bare_field,
    field_named,
    missing,
)
from bot.actions.report_login import code, code_address, session
from bot.actions.report_state import (
    CODE,
    CODE_ADDRESS,
    CONFIRM,
    IN_PASSING,
    INCIDENT,
    RESUME,
    SESSION,
    SIMILAR,
    SKIPPING,
    UNKNOWN_CUSTOMER,
    Report,
    Step,
    Turn,
)
from bot.actions.report_words import (
    agrees,
    cancels,
    corrects,
    does_not_know,
    gives_up,
    goes_back,
    has_no_more_files,
    is_voice,
    means_another,
    means_the_same,
    not_yet,
    orders,
    puts_off,
    saw_no_message,
    tells_a_time,
    wants_change,
)
from bot.faq.lexical import plain

# After so many answers that do not fit, explain with an example and offer to skip or to stop.
PATIENCE = 2
# So short an answer ("en outlook") says no more than the thing that it names.
SHORT = 60
FEW_WORDS = 3
# What the rules, or staff's lists, count by.
CANONICAL = frozenset({"mail_program", "frequency"})

# "no", "ninguno", "no hay": a full answer to "which error message appears?" and to "any files?".
NOTHING = frozenset({"skip", "dont_know", "deny", "none_of_these"})
LEAVING = {name: name for name in ("cancel", "later", "log_out")} | {"goodbye": "later"}
# Answers to these are times, as "later" is.
WHEN = frozenset({"frequency", "circumstances", "since"})
# How something is said, beside what.
MOODS = frozenset({"greet", "thank", "insult", "complaint", "urgency", "help", "solved", "ticket_status"})
TELLING_WORDS = 8
# A bare yes or no to a question that is not one, and the wish for a report that is open already, answer nothing.
EMPTY_ANSWERS = frozenset({"affirm", "deny", "logged_in"})
BARE_WORDS = 4
# Beside a question for files, or at the summary, so many words tell something that belongs into the ticket.
NOTE_WORDS = 4
CORRECTING, CHOOSING_AREA = "correct_", "choose_area_"


def begin(question: str, found: dict[str, str], area: str | None, vector: str | None) -> Report:
    """A new report, with the customer's question as first description."""
    values = {**found, **({"description": question[:MAX_FIELD_LENGTH]} if question else {}), **({"area": area} if area else {})}
    return Report(values=values, vector=vector)


def proceed(report: Report) -> Report:
    """At the first field without an answer, or at the summary."""
    return replace(report, step=missing(report.values) or CONFIRM, misfits=0, doubt=None)


def take(report: Report, turn: Turn) -> Step:
    """What ``turn`` does to ``report``."""
    if turn.file:
        return _file(report, turn.file)
    if _leaves(report, turn):
        return Step(report, do="leave", how=LEAVING[turn.intent])
    # "Dejalo así, sin foto" is about the files.
    if turn.typed and report.step not in ("attachments", *UNKNOWN_CUSTOMER) and gives_up(turn.plain):
        return Step(report, do="leave", how="cancel")
    if report.step == CONFIRM and turn.typed and puts_off(turn.plain):
        return Step(report, do="leave", how="later")
    # Who has identified himself is a customer, whatever his words resemble.
    if turn.intent == "not_a_customer" and report.step in UNKNOWN_CUSTOMER:
        return Step(report, do="leave", how=turn.intent)
    if turn.intent == "start_over" and report.step == RESUME:
        return Step(proceed(report), do="refuse")
    if turn.intent == "start_over":
        return Step(proceed(Report()) if report.step not in (SESSION, CODE, CODE_ADDRESS) else Report())
    handler = _HANDLERS.get(report.step, _answer)
    return handler(report, turn)


def _leaves(report: Report, turn: Turn) -> bool:
    """What answers the question is no farewell: "desde ayer a la tarde", "esta mañana"."""
    if turn.intent not in LEAVING or report.step in turn.found:
        return False
    if report.step == CONFIRM and turn.typed and not_yet(turn.plain):
        return False
    # "Ya te lo mandé": to the question for files that is no farewell, and nothing is sent before the summary anyway.
    cancelled = turn.intent == "cancel" and cancels(turn.plain)
    if turn.typed and report.step == "attachments" and has_no_more_files(turn.plain) and not cancelled:
        return False
    return not (turn.intent == "later" and report.step in WHEN and tells_a_time(turn.plain))


def _file(report: Report, name: str) -> Step:
    received = replace(report, files=(*report.files, name))
    if "attachments" in report.values:  # the question was answered before; the file is the better answer
        received = replace(received, values={**report.values, "attachments": _files(received)})
    return Step(received, say=(("utter_voice_received" if is_voice(name) else "utter_file_received", {"name": name}),))


def _confirm(report: Report, turn: Turn) -> Step:
    # "Abrí el ticket" is as good as a yes; whatever else sounds like the wish for one is none.
    ordered = turn.intent == "open_ticket" and (not turn.typed or orders(turn.plain))
    if turn.intent == "affirm" or ordered or (turn.typed and agrees(turn.plain)):
        return Step(report, do="submit")
    named = turn.intent.removeprefix(CORRECTING) if turn.intent.startswith(CORRECTING) else None
    changing = turn.intent in ("correct", "deny") or (turn.typed and (wants_change(turn.plain) or not_yet(turn.plain)))
    if named is None and turn.typed:
        named = field_named(turn.plain) if changing else bare_field(turn.plain)
    if named in FIELDS and applies(named, report.values):
        return Step(_correcting(report, named))
    if turn.intent == "go_back" or (turn.typed and goes_back(turn.plain)):
        return _back(report)
    if changing:
        return Step(report, say=(("utter_correct_which", {}),), asked=True)
    return _note(report, turn) or Step(report, say=(("utter_confirm_unclear", {}),), asked=True)


def _note(report: Report, turn: Turn) -> Step | None:
    """Words that nobody asked for and that are no word to the bot: they join the description, and he sees that they did."""
    said = turn.text.strip()
    told = turn.typed and len(said.split()) >= NOTE_WORDS and not said.endswith("?") and turn.intent in ("", "faq")
    if not told:
        return None
    description = "\n".join(filter(None, (report.values.get("description"), said)))[:MAX_FIELD_LENGTH]
    return Step(replace(report, values={**report.values, "description": description}), say=(("utter_noted", {}),))


def _correcting(report: Report, name: str) -> Report:
    values = {key: value for key, value in report.values.items() if key != name}
    return replace(report, step=name, values=values, misfits=0, compared=False)


def _similar(report: Report, turn: Turn) -> Step:
    if turn.intent in ("add_to_ticket", "affirm") or means_the_same(turn.plain):
        return Step(report, do="append")
    if turn.intent in ("open_ticket", "deny", "open_new") or means_another(turn.plain):
        return Step(replace(report, similar=None, step=CONFIRM))
    return Step(report, say=(("utter_choose_button", {}),))


def _incident(report: Report, turn: Turn) -> Step:
    if turn.intent in ("incident_join", "incident_notify", "affirm") or (
        turn.typed and (agrees(turn.plain) or means_the_same(turn.plain))
    ):
        return Step(report, do="join")
    if turn.intent in ("incident_other", "open_ticket", "deny", "open_new") or means_another(turn.plain):
        return Step(replace(report, incident=None, heard=True, step=CONFIRM))
    return Step(report, say=(("utter_choose_button", {}),))


def _resume(report: Report, turn: Turn) -> Step:
    another = turn.intent in ("deny", "open_new", "open_ticket") or means_another(turn.plain)
    if not another and (turn.intent in ("affirm", "resume_report") or means_the_same(turn.plain)):
        return Step(report, do="resume")
    if another:
        return Step(proceed(report), do="refuse")
    return Step(report, say=(("utter_choose_button", {}),))


def _back(report: Report) -> Step:
    order = [name for name in FIELDS if applies(name, report.values)]
    position = order.index(report.step) if report.step in order else len(order)
    if position == 0:
        return Step(report, say=(("utter_first_question", {}),))
    previous = order[position - 1]
    values = {key: value for key, value in report.values.items() if key != previous}
    return Step(replace(report, step=previous, values=values, misfits=0, doubt=None))


def _answer(report: Report, turn: Turn) -> Step:
    """An answer to the field that is being asked."""
    if turn.intent == "go_back" or (turn.typed and goes_back(turn.plain)):
        return _back(report)
    if turn.intent == "correct" or turn.intent.startswith(CORRECTING) or (turn.typed and corrects(turn.plain)):
        return _correct_midway(report, turn)
    if report.doubt:
        return _doubt(report, turn)
    value = _value(report, turn)
    if value is None:
        return (_note(report, turn) if report.step == "attachments" else None) or _misfit(report, turn)
    if report.step == "site" and turn.doubt and value != NOT_KNOWN:
        pending = replace(report, doubt=turn.doubt, values={**report.values, "site": value})
        return Step(pending, say=(("utter_site_doubt", {"suggestion": turn.doubt}),), asked=True)
    values = {**turn.found, **report.values, report.step: value}
    vector = turn.vector if report.step == "description" else report.vector
    foreign = report.step == "site" and turn.foreign and value != NOT_KNOWN
    say = (("utter_site_foreign", {"site": str(turn.foreign)}),) if foreign else ()
    return Step(proceed(replace(report, values=values, vector=vector or report.vector)), say=say)


def _correct_midway(report: Report, turn: Turn) -> Step:
    named = turn.intent.removeprefix(CORRECTING) if turn.intent.startswith(CORRECTING) else field_named(turn.plain)
    if named in report.values:
        return Step(_correcting(report, named))
    if named is not None or not report.values:
        return Step(report)
    return Step(report, say=(("utter_correct_which", {}),), asked=True)


def _doubt(report: Report, turn: Turn) -> Step:
    """He was asked whether he meant another spelling."""
    if turn.intent == "affirm":
        return Step(proceed(replace(report, values={**report.values, "site": str(report.doubt)})))
    if turn.intent == "deny" or turn.choice:
        return Step(proceed(report))
    told = _note(report, turn) if "site" not in turn.found and len(turn.text.split()) >= TELLING_WORDS else None
    if told:
        return replace(told, say=(*told.say, ("utter_site_doubt", {"suggestion": str(report.doubt)})), asked=True)
    # Neither yes nor no: he wrote it again.
    values = {key: value for key, value in report.values.items() if key != "site"}
    return _answer(replace(report, doubt=None, values=values), turn)


def _value(report: Report, turn: Turn) -> str | None:
    """The answer as it is kept, or None where it is none."""
    name = report.step
    if name == "area":
        return _area(turn)
    if name == "attachments":
        done = turn.intent in (*NOTHING, "affirm", "files_done", "thank") or has_no_more_files(turn.plain)
        return (_files(report) if done else None) if not turn.found.get("attachments") else turn.found["attachments"]
    if name == "error_message" and (turn.intent in NOTHING or saw_no_message(turn.plain)):
        return NO_ERROR_MESSAGE
    unknown = turn.typed and name != "description" and name not in turn.found and does_not_know(turn.plain)
    if turn.intent in SKIPPING or unknown:
        # What is wrong is the one thing that a ticket cannot do without; he is asked once more, with an example.
        return NOT_KNOWN if name != "description" or report.misfits >= PATIENCE else None
    if turn.intent in EMPTY_ANSWERS and not turn.choice and len(turn.text.split()) < BARE_WORDS:
        return None
    # "Hoy" sounds urgent, and is when it began.
    answers = name in turn.found or (name in WHEN and tells_a_time(turn.plain)) or _tells(turn, name)
    if turn.intent in IN_PASSING and not turn.choice and not answers:
        return None
    said = (turn.choice or turn.text).strip()[:MAX_FIELD_LENGTH]
    if not any(character.isalnum() for character in said) or said.startswith("/"):
        return None
    if name in CANONICAL and name in turn.found and len(said) <= SHORT:
        return _with_words(turn.found[name], said)
    return said


def _tells(turn: Turn, name: str) -> bool:
    """Who is asked what is wrong and says so many words tells it, however urgent or angry."""
    return name == "description" and turn.intent in MOODS and len(turn.text.split()) >= TELLING_WORDS


def _with_words(value: str, said: str) -> str:
    """The form's own answer; in brackets his words, where they tell more ("Outlook (outlook 2016)", "Siempre (al adjuntar)")."""
    short = len(said.split()) <= FEW_WORDS and not any(character.isdigit() for character in said)
    return value if short or plain(said) == plain(value) else f"{value} ({said})"


def _area(turn: Turn) -> str | None:
    pressed = turn.intent.removeprefix(CHOOSING_AREA)
    if pressed in AREAS:
        return pressed
    return area_named(turn.plain) or ("other" if turn.intent in NOTHING else None)


def _files(report: Report) -> str:
    return ", ".join(report.files) if report.files else NO_FILES


def _misfit(report: Report, turn: Turn) -> Step:
    again = replace(report, misfits=report.misfits + 1)
    if turn.intent in IN_PASSING:
        return Step(again, say=((f"utter_form_{turn.intent}", {}),))
    # "No sé" to what is wrong: the example helps more than the advice to write "no sé".
    if again.misfits >= PATIENCE or turn.intent in SKIPPING:
        return Step(again, say=((f"utter_explain_{report.step}", {}), ("utter_skip_or_stop", {})), asked=True)
    return Step(again, say=(("utter_need_text", {}),))


_HANDLERS: dict[str, Callable[[Report, Turn], Step]] = {
    SESSION: session,
    CODE_ADDRESS: code_address,
    CODE: code,
    CONFIRM: _confirm,
    SIMILAR: _similar,
    INCIDENT: _incident,
    RESUME: _resume,
}
