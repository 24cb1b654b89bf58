"""The guided report, message by message."""

from __future__ import annotations

import pytest

from bot.actions.report import (
    CODE,
    CODE_ADDRESS,
    CONFIRM,
    IN_PASSING,
    INCIDENT,
    PATIENCE,
    RESUME,
    SESSION,
    SIMILAR,
    Report,
    Turn,
    begin,
    proceed,
    take,
)
from bot.actions.report_fields import (
    FIELDS,
    MAX_FIELD_LENGTH,
    NO_ERROR_MESSAGE,
    NO_FILES,
    NOT_KNOWN,
    applies,
    area_named,
    bare_area,
    field_named,
    kept,
    missing,
    only_area,
    unanswered,
)

MAIL = {
    "area": "mail",
    "description": "no salen los correos",
    "error_message": "550 5.7.1",
    "site": "panaderialola.com.ar",
    "scope": "Varias",
    "mail_program": "Outlook",
    "frequency": "Sólo en ciertos casos",
    "circumstances": "con adjuntos",
    "since": "desde ayer",
    "attachments": NO_FILES,
}


def at(step: str, **values: str) -> Report:
    return Report(step=step, values=values)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in MAIL.items() if name not in names}


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("mail_program", {"area": "mail"}, True),
        ("mail_program", {"area": "site"}, False),
        ("error_message", {"area": "payment"}, False),
        ("frequency", {"area": "domain"}, False),
        ("scope", {"area": "mail", "site": "lola.com.ar"}, True),
        ("scope", {"area": "mail", "site": "ventas@lola.com.ar"}, False),
        ("circumstances", {"area": "mail", "frequency": "Siempre"}, False),
        ("circumstances", {"area": "site", "frequency": "Sólo en ciertos casos"}, True),
        ("circumstances", {"area": "site"}, False),
        ("since", {"area": "site"}, True),
    ],
)
def test_only_what_applies_is_asked(name: str, values: dict[str, str], expected: bool) -> None:
    assert applies(name, values) is expected


def test_fields_are_asked_in_order_and_what_is_known_is_not_asked_again() -> None:
    assert missing({}) == "area"
    assert missing(without("site", "since")) == "site"
    assert missing(MAIL) is None
    assert proceed(Report(values=MAIL)).step == CONFIRM


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("area", "attachments")])
def test_a_plain_answer_fills_the_field_that_was_asked(name: str) -> None:
    step = take(Report(step=name, values=without(name)), Turn("  lo que sea 123  "))
    assert step.report.values[name] == "lo que sea 123"


def test_what_a_message_tells_beside_its_answer_is_not_asked_again() -> None:
    turn = Turn("en outlook, siempre, con juan@lola.com.ar", found={"mail_program": "Outlook", "frequency": "Siempre"})
    report = take(at("site", area="mail", description="x", error_message="y"), turn).report
    assert (report.values["mail_program"], report.values["frequency"]) == ("Outlook", "Siempre")
    assert report.step == "since"


def test_what_was_said_first_is_not_overwritten_by_what_is_found_later() -> None:
    turn = Turn("ahora en el celular también", found={"mail_program": "Celular"})
    assert take(at("since", **without("since")), turn).report.values["mail_program"] == "Outlook"


def test_a_button_fills_the_field_with_what_it_says() -> None:
    turn = Turn("/choose_field", "choose_field", choice="Outlook")
    assert take(at("mail_program", area="mail"), turn).report.values["mail_program"] == "Outlook"


@pytest.mark.parametrize("intent", ["skip", "dont_know", "deny", "none_of_these"])
def test_there_is_no_error_message_is_a_valid_answer(intent: str) -> None:
    step = take(at("error_message", **without("error_message", "site")), Turn("no hay", intent))
    assert step.report.values["error_message"] == NO_ERROR_MESSAGE
    assert step.report.step == "site"


def test_not_knowing_is_an_answer_except_to_what_is_wrong() -> None:
    assert take(at("site", area="site"), Turn("ni idea", "dont_know")).report.values["site"] == NOT_KNOWN
    asked = take(at("description", area="site"), Turn("ni idea", "dont_know"))
    assert "description" not in asked.report.values and asked.say[0][0] == "utter_explain_description"
    again = take(asked.report, Turn("no sé", "dont_know")).report
    assert take(again, Turn("/skip", "skip")).report.values["description"] == NOT_KNOWN
    assert unanswered({**MAIL, "site": NOT_KNOWN}) == ["site"]


@pytest.mark.parametrize("text", ["", "   ", "¿?", "...", "👍", "/skip_nothing"])
def test_an_answer_without_words_is_asked_again_and_then_explained(text: str) -> None:
    report = at("site", area="site", description="x", error_message="y")
    first = take(report, Turn(text))
    assert (first.report.step, first.say[0][0]) == ("site", "utter_need_text")
    second = take(first.report, Turn(text))
    assert PATIENCE == 2 and [name for name, _ in second.say] == ["utter_explain_site", "utter_skip_or_stop"]
    assert take(second.report, Turn("lola.com.ar")).report.misfits == 0


@pytest.mark.parametrize("intent", sorted(IN_PASSING))
def test_what_is_said_in_passing_gets_its_own_words_and_the_question_stands(intent: str) -> None:
    step = take(at("frequency", **without("frequency")), Turn("algo", intent))
    assert step.say[0][0] == f"utter_form_{intent}" and step.report.step == "frequency"
    assert "frequency" not in step.report.values


@pytest.mark.parametrize("step", [SESSION, CODE_ADDRESS, CODE, RESUME, SIMILAR, CONFIRM, *FIELDS])
@pytest.mark.parametrize(("intent", "how"), [("cancel", "cancel"), ("later", "later"), ("log_out", "log_out")])
def test_there_is_a_way_out_of_every_step(step: str, intent: str, how: str) -> None:
    left = take(at(step, **without(step)), Turn("x", intent))
    assert (left.do, left.how) == ("leave", how)


@pytest.mark.parametrize("step", [SESSION, CODE_ADDRESS, CODE, RESUME, SIMILAR, CONFIRM, *FIELDS])
def test_a_file_is_taken_at_every_step_and_the_step_stays(step: str) -> None:
    received = take(at(step, **without(step)), Turn("/file_added", "file_added", file="error.png"))
    assert received.report.files == ("error.png",) and received.report.step == step


@pytest.mark.parametrize("step", [name for name in FIELDS if name != "area"])
def test_back_asks_the_previous_question_anew(step: str) -> None:
    before = [name for name in FIELDS if applies(name, MAIL)]
    report = take(at(step, **without(step)), Turn("volver", "go_back")).report
    assert report.step == before[before.index(step) - 1] and report.step not in report.values


def test_there_is_nothing_before_the_first_question() -> None:
    assert take(at("area"), Turn("volver", "go_back")).say[0][0] == "utter_first_question"


def test_start_over_is_another_report_with_another_key() -> None:
    report = at("since", **without("since"))
    again = take(report, Turn("empezar de nuevo", "start_over")).report
    assert again.values == {} and again.key != report.key


def test_a_mistyped_site_is_asked_back_and_both_answers_are_heard() -> None:
    asked = take(at("site", **without("site")), Turn("juan@gmial.com", doubt="juan@gmail.com"))
    assert asked.say == (("utter_site_doubt", {"suggestion": "juan@gmail.com"}),)
    assert take(asked.report, Turn("sí", "affirm")).report.values["site"] == "juan@gmail.com"
    assert take(asked.report, Turn("no", "deny")).report.values["site"] == "juan@gmial.com"
    assert take(asked.report, Turn("ventas@lola.com.ar")).report.values["site"] == "ventas@lola.com.ar"


def test_files_are_named_in_the_summary_and_none_is_an_answer() -> None:
    waiting = at("attachments", **without("attachments"))
    with_file = take(waiting, Turn("/file_added", "file_added", file="rebote.eml")).report
    assert take(with_file, Turn("listo", "files_done")).report.values["attachments"] == "rebote.eml"
    assert take(with_file, Turn("listo")).report.values["attachments"] == "rebote.eml"
    for words, intent in (("no tengo", "not_a_customer"), ("ninguno", ""), ("no", "deny")):
        assert take(waiting, Turn(words, intent)).report.values["attachments"] == NO_FILES
    late = take(at(CONFIRM, **MAIL), Turn("/file_added", "file_added", file="otra.png")).report
    assert late.values["attachments"] == "otra.png" and late.step == CONFIRM


def test_nothing_is_sent_without_a_yes() -> None:
    assert take(at(SESSION), Turn("no soy cliente", "not_a_customer")).how == "not_a_customer"
    for turn in (Turn("hola", "greet"), Turn("mmm"), Turn("gracias", "thank"), Turn("dale después", "")):
        assert take(at(CONFIRM, **MAIL), turn).do is None
    assert take(at(CONFIRM, **MAIL), Turn("sí", "affirm")).do == "submit"


@pytest.mark.parametrize("name", [name for name in FIELDS if applies(name, MAIL)])
def test_every_field_can_be_changed_from_the_summary_and_nothing_else_is_lost(name: str) -> None:
    report = take(at(CONFIRM, **MAIL), Turn(f"/correct_{name}", f"correct_{name}")).report
    assert report.step == name and {**report.values, name: MAIL[name]} == MAIL


@pytest.mark.parametrize(
    ("text", "name"),
    [("corregir el sitio", "site"), ("cambiar el mensaje de error", "error_message"), ("no, el programa está mal", "mail_program")],
)
def test_a_correction_may_name_its_field(text: str, name: str) -> None:
    assert take(at(CONFIRM, **MAIL), Turn(text, "correct")).report.step == name
    assert field_named("nada de eso") is None


def test_words_written_before_the_log_in_are_kept() -> None:
    report = take(at(SESSION), Turn("es que no me llegan los correos de clientes", vector="AAA=")).report
    assert report.values["description"] == "es que no me llegan los correos de clientes" and report.vector == "AAA="
    more = take(report, Turn("y tampoco los de proveedores grandes")).report
    assert more.values["description"].endswith("\ny tampoco los de proveedores grandes")


def test_a_code_goes_to_the_address_that_was_typed() -> None:
    asked = take(at(SESSION), Turn("/send_code", "send_code"))
    assert asked.report.step == CODE_ADDRESS
    sent = take(asked.report, Turn("carla@lola.com.ar", address="carla@lola.com.ar"))
    assert (sent.do, sent.how, sent.report.step) == ("send_code", "carla@lola.com.ar", CODE)
    assert take(sent.report, Turn("/code_refused", "code_refused")).say[0][0] == "utter_code_refused"
    again = take(sent.report, Turn("/send_code", "send_code"))
    assert (again.do, again.how) == ("send_code", "carla@lola.com.ar")
    assert take(at(SESSION), Turn("no me acuerdo la contraseña")).report.step == CODE_ADDRESS
    assert take(sent.report, Turn("volver", "go_back")).report.step == SESSION


def test_a_similar_ticket_is_a_choice() -> None:
    report = Report(step=SIMILAR, values=MAIL, similar="MDA-234567")
    assert take(report, Turn("/add_to_ticket", "add_to_ticket")).do == "append"
    anew = take(report, Turn("/open_new", "open_new")).report
    assert (anew.step, anew.similar) == (CONFIRM, None)
    assert take(report, Turn("agregalo a ese")).do == "append"
    assert take(report, Turn("quiero uno nuevo")).report.step == CONFIRM
    assert take(report, Turn("no entiendo nada")).say[0][0] == "utter_choose_button"


@pytest.mark.parametrize("said", [Turn("/incident_join", "incident_join", typed=False), Turn("sí", "affirm"), Turn("es lo mismo")])
def test_who_is_touched_by_an_incident_waits_for_its_end_instead_of_a_ticket(said: Turn) -> None:
    report = Report(step=INCIDENT, values=MAIL, incident="i-1", heard=True)
    joined = take(report, said)
    assert (joined.do, joined.report.incident) == ("join", "i-1")


@pytest.mark.parametrize(
    "said", [Turn("/incident_other", "incident_other", typed=False), Turn("no", "deny"), Turn("no, es otra cosa")]
)
def test_who_has_another_trouble_goes_on_to_his_ticket(said: Turn) -> None:
    on = take(Report(step=INCIDENT, values=MAIL, incident="i-1", heard=True), said)
    assert (on.do, on.report.step, on.report.incident, on.report.heard) == (None, CONFIRM, None, True)
    assert take(Report(step=INCIDENT, values=MAIL), Turn("???")).say[0][0] == "utter_choose_button"


def test_an_earlier_report_is_a_choice() -> None:
    report = Report(step=RESUME, values={"area": "mail"})
    assert take(report, Turn("/resume_report", "resume_report")).do == "resume"
    assert take(report, Turn("sí, seguir con ése")).do == "resume"
    assert take(report, Turn("no, es otra cosa")).do == "refuse"
    refused = take(report, Turn("/open_new", "open_new"))
    assert (refused.report.step, refused.do) == ("description", "refuse")


@pytest.mark.parametrize(("text", "intent"), [("sí", "affirm"), ("no", "deny")])
@pytest.mark.parametrize("name", ["description", "site", "scope", "mail_program", "frequency", "circumstances", "since"])
def test_a_bare_yes_or_no_answers_nothing(name: str, text: str, intent: str) -> None:
    step = take(at(name, **without(name)), Turn(text, intent))
    assert name not in step.report.values and step.report.step == name


def test_a_correction_midway_goes_to_its_field_or_asks_which() -> None:
    report = at("since", **without("since"))
    assert take(report, Turn("corregir el sitio", "correct")).report.step == "site"
    assert take(report, Turn("/correct_scope", "correct_scope")).report.step == "scope"
    assert take(report, Turn("corregir", "correct")).say[0][0] == "utter_correct_which"
    assert take(report, Turn("corregir desde cuándo", "correct")) == take(report, Turn("corregir desde cuándo", "correct"))
    assert take(report, Turn("corregir desde cuándo", "correct")).report == report


@pytest.mark.parametrize(
    ("text", "area"), [("es por el correo", "mail"), ("la pagina", "site"), ("una factura", "payment"), ("xyz", None)]
)
def test_the_area_may_be_typed(text: str, area: str | None) -> None:
    assert area_named(text) == area


def test_a_report_is_the_same_after_travelling_as_json() -> None:
    report = Report(step="site", values=MAIL, files=("a.png",), doubt="x", vector="AA==")
    assert Report.of(report.as_dict()) == report


def test_an_answer_that_sounds_like_leaving_is_an_answer() -> None:
    turn = Turn("desde ayer a la tarde", "later", found={"since": "desde ayer a la tarde"})
    assert take(at("since", **without("since")), turn).report.values["since"] == "desde ayer a la tarde"


def test_a_question_becomes_the_first_description_cut_to_what_a_field_holds() -> None:
    report = begin("a" * 9000, {"mail_program": "Outlook"}, "mail", None)
    assert len(report.values["description"]) == MAX_FIELD_LENGTH and report.values["mail_program"] == "Outlook"
    assert list(kept(report.values)) == ["area", "description", "mail_program"]


@pytest.mark.parametrize("text", ["dale, mandalo", "sí, está todo bien así", "Perfecto gracias", "OK", "siii"])
def test_plain_agreement_sends(text: str) -> None:
    assert take(at(CONFIRM, **MAIL), Turn(text)).do == "submit"


@pytest.mark.parametrize(
    "text",
    ["listo", "ya", "gracias", "no", "no, dale", "¿está bien así?", "bien, pero falta algo", "el mail anda bien", "ticket", "esto"],
)
def test_what_is_not_plain_agreement_sends_nothing(text: str) -> None:
    assert take(at(CONFIRM, **MAIL), Turn(text)).do != "submit"


@pytest.mark.parametrize(
    ("text", "field"),
    [("el problema", "description"), ("los archivos", "attachments"), ("puse mal el programa", "mail_program"),
     ("me olvidé de adjuntar la captura", "attachments"), ("cambiá la fecha", "since")],
)  # fmt: skip
def test_a_field_is_changed_by_naming_it_at_the_summary(text: str, field: str) -> None:
    assert take(at(CONFIRM, **MAIL), Turn(text)).report.step == field


@pytest.mark.parametrize("step", [CONFIRM, "attachments"])
def test_words_that_nobody_asked_for_join_the_description(step: str) -> None:
    noted = take(at(step, **without("attachments")), Turn("también pasa con la casilla de compras"))
    assert noted.say[0][0] == "utter_noted" and noted.report.step == step
    assert noted.report.values["description"] == "no salen los correos\ntambién pasa con la casilla de compras"


@pytest.mark.parametrize("text", ["no lo mandes todavía", "pará, no terminé", "esperá un poco"])
def test_not_yet_is_no_cancellation(text: str) -> None:
    step = take(at(CONFIRM, **MAIL), Turn(text, "cancel"))
    assert step.do is None and step.say[0][0] == "utter_correct_which"


@pytest.mark.parametrize(("text", "intent"), [("hoy", "urgency"), ("esta mañana", "later"), ("desde ayer a la tarde", "later")])
def test_a_time_is_an_answer_whatever_it_sounds_like(text: str, intent: str) -> None:
    assert take(at("since", **without("since", "attachments")), Turn(text, intent)).report.values["since"] == text


def test_going_on_later_is_still_heard_where_a_time_is_asked() -> None:
    left = take(at("since", **without("since")), Turn("ahora no puedo, después sigo", "later"))
    assert (left.do, left.how) == ("leave", "later")


def test_a_site_of_somebody_else_is_kept_and_he_hears_that_it_was_noticed() -> None:
    step = take(at("site", **without("site")), Turn("delprimo.com.ar", foreign="delprimo.com.ar"))
    assert step.say == (("utter_site_foreign", {"site": "delprimo.com.ar"}),)
    assert step.report.values["site"] == "delprimo.com.ar"


@pytest.mark.parametrize(("name", "said"), [("audio.ogg", "utter_voice_received"), ("rebote.eml", "utter_file_received")])
def test_a_voice_note_is_told_that_nobody_here_can_hear_it(name: str, said: str) -> None:
    assert take(at("site", **without("site")), Turn("", "file_added", file=name)).say[0][0] == said


@pytest.mark.parametrize(
    ("text", "area"),
    [("no me anda el mail de ventas", "mail"), ("la factura de marzo", "payment"), ("mi cuenta de hotmail", "account"),
     ("la tienda no cobra con tarjeta", None), ("no anda nada", None)],
)  # fmt: skip
def test_an_area_is_inferred_only_where_one_alone_is_spoken_of(text: str, area: str | None) -> None:
    assert only_area(text) == area


@pytest.mark.parametrize(
    ("text", "area"), [("el mail", "mail"), ("mi pagina web", "site"), ("los dominios", "domain"), ("no anda el mail", None)]
)
def test_a_service_named_and_nothing_else_says_nothing_of_what_is_wrong(text: str, area: str | None) -> None:
    assert bare_area(text) == area


@pytest.mark.parametrize(
    ("name", "found", "said", "kept"),
    [
        ("mail_program", "Outlook", "en outlook", "Outlook"),
        ("mail_program", "Outlook", "outlook 2016", "Outlook (outlook 2016)"),
        ("frequency", "Siempre", "siempre", "Siempre"),
        ("frequency", "Siempre", "cada vez que adjunto algo", "Siempre (cada vez que adjunto algo)"),
        ("frequency", "Pasó una sola vez", "pasó una sola vez", "Pasó una sola vez"),
        ("scope", "una sola casilla", "sólo la casilla de ventas", "sólo la casilla de ventas"),
    ],
)
def test_the_forms_own_answer_never_swallows_his_words(name: str, found: str, said: str, kept: str) -> None:
    assert take(at(name, **without(name)), Turn(said, found={name: found})).report.values[name] == kept


def test_always_with_his_words_is_always() -> None:
    assert not applies("circumstances", {"area": "mail", "frequency": "Siempre (cada vez que adjunto algo)"})
    assert applies("circumstances", {"area": "mail", "frequency": "Pasó una sola vez (el martes a la noche, al pagar)"})


def test_a_typed_command_is_no_yes() -> None:
    assert take(at(CONFIRM, **MAIL), Turn("open_ticket{}", "open_ticket")).do is None
    assert take(at(CONFIRM, **MAIL), Turn("abrí el ticket", "open_ticket")).do == "submit"


def test_an_urgent_problem_is_a_problem_and_mere_urgency_is_none() -> None:
    told = "el sitio está lentísimo desde el lunes. Es urgente porque trabajo con esto"
    assert take(at("description", area="site"), Turn(told, "urgency")).report.values["description"] == told
    assert take(at("description", area="site"), Turn("es muy urgente!!", "urgency")).say[0][0] == "utter_form_urgency"


def test_a_story_in_place_of_yes_or_no_to_a_spelling_joins_the_description_and_the_question_stands() -> None:
    asked = take(at("site", **without("site")), Turn("sudominio.con.ar", doubt="sudominio.com.ar")).report
    told = take(asked, Turn("los correos me llegan repetidos tres o cuatro veces desde el martes"))
    assert [name for name, _ in told.say] == ["utter_noted", "utter_site_doubt"] and told.asked
    assert take(told.report, Turn("sí", "affirm")).report.values["site"] == "sudominio.com.ar"
