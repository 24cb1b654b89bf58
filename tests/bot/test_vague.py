"""A service named, and that something is wrong with it, is no question that can be answered: the customer is asked which."""

from __future__ import annotations

import pytest

from bot.faq.corpus import load_corpus
from bot.faq.decision import Decision, Verdict
from bot.faq.encoder import SentenceEncoder
from bot.faq.matcher import Matcher
from bot.faq.phrasings import load_phrasings
from bot.faq.training import fit, training_rows
from bot.faq.understanding import Guess
from bot.faq.vague import asked_back, vague_area

VAGUE = [
    ("Hola, buenas tardes. Tengo un inconveniente con mi casilla de correo, por favor", "mail"),
    ("no me funcionan los mails desde ayer", "mail"),
    ("el outlook no me anda", "mail"),
    ("my email is not working", "mail"),
    ("una consulta sobre la web", "site"),
    ("me ayudan con el wordpress?", "site"),
    ("el wordpress no anda", "site"),
    ("mi dominio no anda", "domain"),
    ("duda con una factura", "payment"),
    ("tengo problemas con el panel", "account"),
]
CLEAR = [
    "no me anda la página",
    "mi sitio no funciona",
    "no puedo enviar mails",
    "no me llegan los correos",
    "el outlook me pide la contraseña",
    "problema con la web y con el mail",
    "necesito la factura de marzo",
    "el correo",
    "no anda nada",
    "my website is not working",
    "",
    "???",
]


@pytest.mark.parametrize(("text", "area"), VAGUE)
def test_what_names_a_service_and_no_fault_is_vague(text: str, area: str) -> None:
    assert vague_area(text) == area


@pytest.mark.parametrize("text", CLEAR)
def test_what_says_more_or_names_none_is_not(text: str) -> None:
    assert vague_area(text) is None


def test_hardly_any_phrasing_is_taken_for_vague() -> None:
    rows = load_phrasings()
    assert sum(vague_area(row.text) is not None for row in rows) < len(rows) / 500


def test_the_choices_are_of_the_area_however_sure_the_model_was(encoder: SentenceEncoder) -> None:
    corpus = load_corpus()
    matcher = Matcher(fit(encoder, training_rows(), frozenset(corpus)), encoder, lambda: corpus)
    for text, area in VAGUE:
        decision = matcher.match(text, encoder.encode([text])[0]).decision
        assert decision.verdict is Verdict.ASK_BACK, text
        assert 2 <= len(decision.candidates) <= 3
        assert {corpus[guess.label].area for guess in decision.candidates} == {area}, text


def test_talk_and_what_is_no_business_of_ours_stay_what_they_are() -> None:
    areas = {"correo-a": "mail", "correo-b": "mail"}
    guesses = [Guess("thank", 0.9), Guess("correo-a", 0.06), Guess("correo-b", 0.04)]
    for verdict, label in ((Verdict.TALK, "thank"), (Verdict.OFF_TOPIC, "fuera-de-tema")):
        decision = Decision(verdict, 0.9, label, ())
        assert asked_back(decision, guesses, areas, "mail") is decision
    called = asked_back(Decision(Verdict.TALK, 0.9, "help", ()), guesses, areas, "mail")
    assert called.verdict is Verdict.ASK_BACK and [guess.label for guess in called.candidates] == ["correo-a", "correo-b"]
