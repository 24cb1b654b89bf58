"""Who reports is not known yet: by log-in card, or by a code sent to his address; what he says meanwhile is kept."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.report_fields import MAX_FIELD_LENGTH
from bot.actions.report_state import CODE, CODE_ADDRESS, IN_PASSING, SESSION, SKIPPING, Report, Step, Turn
from bot.actions.report_words import wants_code


def session(report: Report, turn: Turn) -> Step:
    """Not logged in yet (the log-in itself is seen by the caller): offer the code, keep what was said."""
    if turn.address or turn.intent == "send_code" or wants_code(turn.plain):
        return code_address(replace(report, step=CODE_ADDRESS), turn)
    if turn.intent in IN_PASSING:
        return Step(report, say=((f"utter_form_{turn.intent}", {}),))
    kept = _remember(report, turn)
    return Step(kept, say=(("utter_login_missing", {}),))


def code_address(report: Report, turn: Turn) -> Step:
    """To which address the code goes."""
    if turn.address:
        return Step(replace(report, step=CODE, address=turn.address), do="send_code", how=turn.address)
    if turn.intent == "go_back":
        return Step(replace(report, step=SESSION))
    asked = turn.intent == "send_code" or wants_code(turn.plain)
    return Step(report) if asked else Step(report, say=(("utter_need_address", {}),))


def code(report: Report, turn: Turn) -> Step:
    """The code itself is checked at the front door; here is what he says beside it."""
    if turn.address:
        return code_address(replace(report, step=CODE_ADDRESS), turn)
    if turn.intent == "send_code" and report.address:
        return Step(report, do="send_code", how=report.address)
    if turn.intent == "go_back":
        return Step(replace(report, step=SESSION))
    said = {"code_refused": "utter_code_refused", "code_trouble": "utter_code_trouble"}.get(turn.intent, "utter_code_wanted")
    return Step(report, say=((said, {}),), asked=True)


def _remember(report: Report, turn: Turn) -> Report:
    """Words that came while something else was asked are not lost."""
    if turn.intent in ("logged_in", *IN_PASSING, *SKIPPING) or turn.choice or len(turn.text.split()) < 3:
        return report
    said = report.values.get("description")
    description = turn.text if not said else f"{said}\n{turn.text}"
    values = {**turn.found, **report.values, "description": description[:MAX_FIELD_LENGTH]}
    return replace(report, values=values, vector=report.vector or turn.vector)
