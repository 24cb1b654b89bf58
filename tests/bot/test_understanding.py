"""From words to a decision, without Rasa."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.faq.decision import NEEDS_TICKET, OFF_TOPIC, Confidence, Decision, Thresholds, Verdict, decide
from bot.faq.encoder import SentenceEncoder
from bot.faq.lexical import words
from bot.faq.understanding import Guess, Mix, Understanding, ranked
from tools.stack import ROOT

TOPICS = frozenset({"php-version", "web-lenta", "correo-rebota"})
LIMITS = Thresholds(talk=0.5, ticket=0.4, off_topic=0.5, answer=0.5, ask_back=0.3)


# As sure as the shares say, so that a test can be read.
PLAIN = Confidence(share=1.0, topical=0.0, bias=0.0)


def decided(*guesses: tuple[str, float], confidence: Confidence = PLAIN) -> Decision:
    return decide([Guess(label, probability) for label, probability in guesses], TOPICS, LIMITS, confidence)


def verdict(*guesses: tuple[str, float]) -> Verdict:
    return decided(*guesses).verdict


@pytest.mark.parametrize(
    ("guesses", "expected"),
    [
        ([("php-version", 0.8), ("web-lenta", 0.1)], Verdict.ANSWER),
        ([("php-version", 0.4), ("web-lenta", 0.3), ("correo-rebota", 0.1)], Verdict.ASK_BACK),
        ([("greet", 0.9), ("php-version", 0.05)], Verdict.TALK),
        ([(NEEDS_TICKET, 0.45), ("correo-rebota", 0.3)], Verdict.TICKET),
        ([(OFF_TOPIC, 0.8), ("web-lenta", 0.1)], Verdict.OFF_TOPIC),
        ([(OFF_TOPIC, 0.3), ("web-lenta", 0.1)], Verdict.OFF_TOPIC),
        ([("greet", 0.2), ("web-lenta", 0.1)], Verdict.TICKET),
        ([("greet", 0.3), ("php-version", 0.25), ("web-lenta", 0.2)], Verdict.ASK_BACK),
    ],
)
def test_each_way_on(guesses: list[tuple[str, float]], expected: Verdict) -> None:
    assert verdict(*guesses) is expected


def test_a_question_back_offers_two_choices_and_a_third_only_if_it_is_likely() -> None:
    made = decided(("php-version", 0.45), ("web-lenta", 0.02), ("correo-rebota", 0.01))
    assert [guess.label for guess in made.candidates] == ["php-version", "web-lenta"]
    made = decided(("php-version", 0.3), ("web-lenta", 0.2), ("correo-rebota", 0.1))
    assert len(made.candidates) == 3


def test_beside_an_answer_only_likely_topics_are_kept_for_later() -> None:
    made = decided(("php-version", 0.8), ("web-lenta", 0.01))
    assert [guess.label for guess in made.candidates] == ["php-version"]


def test_a_fault_for_staff_is_heard_even_where_an_entry_resembles_it_more() -> None:
    assert verdict(("web-lenta", 0.5), (NEEDS_TICKET, 0.42)) is Verdict.TICKET


def test_the_first_of_two_right_entries_is_as_sure_as_they_are_together() -> None:
    shared = decided(("php-version", 0.49), ("web-lenta", 0.49), confidence=Confidence(share=0.7, topical=0.1, bias=2.0))
    assert shared.candidates[0].probability > 0.85 and shared.candidates[1].probability == 0.49
    assert shared.verdict is Verdict.ANSWER


def test_how_sure_the_bot_is_of_an_entry_does_not_fall_because_staff_could_help_as_well() -> None:
    alone, beside = decided(("php-version", 0.8)), decided((NEEDS_TICKET, 0.39), ("php-version", 0.5), ("web-lenta", 0.11))
    assert beside.candidates[0].probability == pytest.approx(0.5 / 0.61, abs=1e-4)
    assert alone.candidates[0].probability == pytest.approx(0.8)
    assert Confidence().of([Guess("thank", 1.0)], TOPICS) == 0.0


def test_a_decision_is_json_with_the_number_behind_it() -> None:
    told = json.loads(json.dumps(decided(("php-version", 0.8123456)).as_dict()))
    assert told == {
        "verdict": "answer",
        "probability": 0.8123,
        "label": "php-version",
        "candidates": [{"label": "php-version", "probability": 0.8123}],
    }


def test_vectors_have_length_one_and_the_same_text_the_same_vector(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["no puedo enviar correos", "cambiar la versión de PHP", "no puedo enviar correos"])
    assert vectors.shape == (3, encoder.dimensions) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[2])
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_accents_and_case_do_not_matter_to_the_embedding_and_meaning_does(encoder: SentenceEncoder) -> None:
    plain, accented, same, other = encoder.encode(
        ["CONTRASENA del correo", "contraseña del correo", "clave del mail", "precio del dominio"]
    )
    assert plain @ accented > 0.99
    assert accented @ same > accented @ other


TEXTS = ["no sale el mail", "no puedo enviar", "cambiar php", "version de php", "hola", "buen dia"]
LABELS = ["enviar", "enviar", "php", "php", "saludo", "saludo"]


def test_a_model_is_the_same_after_saving_and_loading(encoder: SentenceEncoder, tmp_path: Path) -> None:
    vectors = encoder.encode(TEXTS)
    model = Understanding.fit(TEXTS, LABELS, vectors, frozenset({"enviar", "php"}))
    model.save(tmp_path)
    loaded = Understanding.load(tmp_path)
    assert loaded.topics == model.topics
    expected, found = (
        m.signals(TEXTS, vectors, m.view(None)).probabilities(Mix()) for m in (without_topics(model), without_topics(loaded))
    )
    assert np.allclose(expected, found, atol=1e-6)
    assert np.allclose(found.sum(axis=1), 1)
    assert [loaded.labels[index] for index in found.argmax(axis=1)] == LABELS


def without_topics(model: Understanding) -> Understanding:
    model.topics = frozenset()
    return model


def test_one_message_and_many_are_judged_alike(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    model = Understanding.fit(TEXTS, LABELS, vectors)
    together = model.signals(TEXTS, vectors, model.view(None)).margins
    alone = [model.signals([text], vectors[[row]], model.view(None)).margins[0] for row, text in enumerate(TEXTS)]
    assert np.allclose(together, alone, atol=1e-3)


def test_two_labels_are_enough(encoder: SentenceEncoder) -> None:
    texts = ["no sale el mail", "no puedo enviar", "cambiar php", "version de php"]
    model = Understanding.fit(texts, ["a", "a", "b", "b"], encoder.encode(texts))
    made = model.signals(["php"], encoder.encode(["php"]), model.view(None))
    assert ranked(made, made.probabilities(Mix())[0])[0].label == "b"


def test_of_very_many_topics_the_likeliest_are_kept_and_every_other_label(encoder: SentenceEncoder) -> None:
    texts = [f"palabra{number} distinta" for number in range(40)]
    labels = [f"tema{number:02}" for number in range(40)]
    model = Understanding.fit([*texts, "quien gano"], [*labels, OFF_TOPIC], encoder.encode([*texts, "quien gano"]))
    made = model.signals([texts[7]], encoder.encode([texts[7]]), model.view(None))
    kept = ranked(made, made.probabilities(Mix())[0], limit=5)
    assert kept[0].label == "tema07" and len(kept) == 6
    assert OFF_TOPIC in [guess.label for guess in kept]
    assert [guess.probability for guess in kept] == sorted((guess.probability for guess in kept), reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contraseña", ["contrasena"]),
        ("550 5.7.1 rejected", ["550", "5.7.1", "rejected", "error=550_5.7.1"]),
        ("error 0x800CCC0F.", ["error", "0x800ccc0f", "error=0x800ccc0f"]),
        ("ERR_SSL_PROTOCOL_ERROR!", ["err_ssl_protocol_error", "error=err_ssl_protocol_error"]),
        ("¿qué?  ...", ["que"]),
    ],
)
def test_an_error_code_is_one_word_and_a_sign(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_the_bench_speaks_its_contract_for_other_languages_intents(tmp_path: Path) -> None:
    learned = [("what is my balance", "balance"), ("how much money do i have", "balance"), ("show balance", "balance")]
    learned += [("block my card", "block"), ("i lost my card", "block"), ("freeze the card", "block")]
    learned += [("tell me a joke", "oos"), ("who won the match", "oos"), ("weather tomorrow", "oos")]
    asked = [("my balance please", "balance"), ("please block the card", "block"), ("a joke please", "oos")]
    for name, rows in (("train", learned), ("test", asked)):
        lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    command = [
        sys.executable,
        "-m",
        "bot.evaluate",
        "--train",
        tmp_path / "train.jsonl",
        "--test",
        tmp_path / "test.jsonl",
        "--json",
    ]
    done = subprocess.run([*command, "--predictions", tmp_path / "out.jsonl"], cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert figures["n"] == 3 and figures["accuracy_at_1"] == 1.0
    keys = {"hit_at_3", "mrr", "oos_recall_at_95_coverage", "auroc", "answered", "answered_right", "asked_back", "asked_back_right"}
    assert keys | {"escalated", "wrong_answers", "ece", "ms_per_question_p50", "ms_per_question_p95"} <= set(figures)
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
