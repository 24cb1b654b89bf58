"""The guided report, message by message."""

from __future__ import annotations

import pytest

from bot.actions.ticket_form import (
    CONFIRMED,
    FIELDS,
    MAX_FIELD_LENGTH,
    NO_ERROR_MESSAGE,
    NOT_KNOWN,
    Turn,
    fields_for,
    next_missing,
    take,
)

EMPTY: dict[str, str | None] = dict.fromkeys(FIELDS)
FULL: dict[str, str | None] = dict.fromkeys(FIELDS, "algo")


def test_the_mail_program_is_asked_only_when_it_is_about_mail() -> None:
    assert "mail_program" in fields_for("mail")
    assert all("mail_program" not in fields_for(area) for area in ("site", "domain", "payment", "account", "other"))


def test_fields_are_asked_in_order_and_what_is_known_is_not_asked_again() -> None:
    assert next_missing(EMPTY, "mail") == "description"
    assert next_missing({**EMPTY, "description": "x", "error_message": "y"}, "mail") == "site"
    assert next_missing({**FULL, "mail_program": None}, "site") == CONFIRMED


@pytest.mark.parametrize("name", FIELDS)
def test_a_plain_answer_fills_the_field_that_was_asked(name: str) -> None:
    step = take(name, Turn("  lo que sea 550  "), {**FULL, name: None}, "mail")
    assert step.values == {name: "lo que sea 550"}
    assert step.next == CONFIRMED


def test_a_button_fills_the_field_with_what_it_says() -> None:
    assert take("mail_program", Turn("/choose_field", choice="Outlook"), EMPTY, "mail").values == {"mail_program": "Outlook"}


@pytest.mark.parametrize("intent", ["skip", "dont_know", "deny", "none_of_these"])
def test_there_is_no_error_message_is_a_valid_answer(intent: str) -> None:
    step = take("error_message", Turn("no hay", intent), {**EMPTY, "description": "x"}, "site")
    assert step.values == {"error_message": NO_ERROR_MESSAGE}
    assert step.next == "site"


def test_not_knowing_is_an_answer_except_to_what_is_wrong() -> None:
    assert take("site", Turn("ni idea", "dont_know"), EMPTY, "site").values == {"site": NOT_KNOWN}
    assert take("description", Turn("ni idea", "dont_know"), EMPTY, "site").values == {"description": "ni idea"}


@pytest.mark.parametrize("text", ["", "   ", "¿?", "...", "/skip_nothing"])
def test_an_answer_without_words_is_asked_again(text: str) -> None:
    step = take("site", Turn(text), EMPTY, "site")
    assert (step.next, step.values, step.say) == ("site", {}, ("utter_need_text",))


@pytest.mark.parametrize("requested", [*FIELDS, CONFIRMED])
def test_the_customer_can_leave_at_every_step_and_nothing_is_sent(requested: str) -> None:
    for intent in ("cancel", "later"):
        step = take(requested, Turn("basta", intent), FULL, "mail")
        assert (step.next, step.left) == (None, intent)
        assert CONFIRMED not in step.values


@pytest.mark.parametrize("requested", [*FIELDS, CONFIRMED])
def test_starting_over_clears_every_field_and_is_another_report(requested: str) -> None:
    step = take(requested, Turn("de nuevo", "start_over"), FULL, "mail")
    assert step.next == "description" and step.new_report
    assert step.values == dict.fromkeys(FIELDS)


def test_going_back_asks_the_question_before_again() -> None:
    assert take("site", Turn("volver", "go_back"), FULL, "site").next == "error_message"
    assert take("frequency", Turn("volver", "go_back"), FULL, "site").next == "site"
    assert take("frequency", Turn("volver", "go_back"), FULL, "mail").next == "mail_program"
    assert take(CONFIRMED, Turn("volver", "go_back"), FULL, "mail").next == "frequency"
    assert take("description", Turn("volver", "go_back"), FULL, "mail").say == ("utter_first_question",)


@pytest.mark.parametrize("intent", ["", "greet", "thank", "deny", "correct", "solved"])
def test_nothing_is_sent_without_yes(intent: str) -> None:
    assert take(CONFIRMED, Turn("mmm", intent), FULL, "mail").next == CONFIRMED


def test_yes_sends() -> None:
    assert take(CONFIRMED, Turn("sí", "affirm"), FULL, "mail").values == {CONFIRMED: "yes"}


@pytest.mark.parametrize("name", FIELDS)
def test_any_field_can_be_changed_from_the_summary(name: str) -> None:
    step = take(CONFIRMED, Turn(f"/correct_{name}", f"correct_{name}"), FULL, "mail")
    assert (step.next, step.values) == (name, {name: None})


def test_correcting_asks_which_field_and_not_the_summary_again() -> None:
    step = take(CONFIRMED, Turn("corregir", "correct"), FULL, "site")
    assert step.say == ("utter_correct_which",) and step.asked_already


def test_a_very_long_answer_is_cut_to_what_a_ticket_holds() -> None:
    value = take("site", Turn("x" * 8000), EMPTY, "site").values["site"]
    assert value is not None and len(value) == MAX_FIELD_LENGTH
