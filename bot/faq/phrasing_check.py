"""``python -m bot.faq.phrasing_check [--against FILE …]``: are there enough ways to ask, each its own, none of the exam?

Refuses too few examples, missing registers or glosses, near-duplicates, and whatever resembles an evaluation question.
Evaluation texts themselves do not belong into the repository: fingerprints of them do (``evaluation.fingerprints``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from bot.faq.corpus import CORPUS_DIR, entry_files
from bot.faq.phrasings import NEEDS_TICKET, NLU_DIR, OFF_TOPIC, Phrasing, load_phrasings

REGISTERS = frozenset({"voseo", "usted", "keywords", "long", "typos", "pasted-error", "english-terms"})
PER_TOPIC, PER_TALK = 50, 60
AT_LEAST = {NEEDS_TICKET: 150, OFF_TOPIC: 500}
# Cosine of character n-grams. Read off the pairs: from here on two texts differ in a name or an ending only.
NEAR_DUPLICATE = 0.9
LEAK = 0.85
# Shorter texts ("no gracias") are alike by nature; for them only being equal counts.
MIN_LENGTH = 20
SHINGLE_WORDS = 4
# So much of a text's word sequences in one exam and it was copied from there.
LEAKED_SHARE = 0.5
FINGERPRINTS = Path(__file__).with_name("evaluation.fingerprints")
BLOCK = 1000


def normal(text: str) -> str:
    """Lower case, without accents and punctuation; texts of symbols only stay as they are."""
    plain = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip() or text.strip()


def shortages(phrasings: Sequence[Phrasing], topics: set[str]) -> Iterator[str]:
    """Labels with too few phrasings, and phrasings without register or gloss."""
    counts = Counter(phrasing.label for phrasing in phrasings)
    for label in sorted(topics | set(counts)):
        needed = AT_LEAST.get(label, PER_TOPIC if label in topics else PER_TALK)
        if counts[label] < needed:
            yield f"{label}: {counts[label]} phrasings; at least {needed}"
    for phrasing in phrasings:
        if phrasing.register not in REGISTERS or not phrasing.gloss:
            yield f"{phrasing.label}: {phrasing.text[:60]!r} needs a register ({', '.join(sorted(REGISTERS))}) and a gloss"


def near_duplicates(phrasings: Sequence[Phrasing]) -> Iterator[str]:
    """Pairs that say the same in nearly the same letters."""
    seen: dict[str, Phrasing] = {}
    for phrasing in phrasings:
        twin = seen.setdefault(normal(phrasing.text), phrasing)
        if twin is not phrasing:
            yield f"{phrasing.label}: {phrasing.text[:60]!r} stands in {twin.label} already"
    long = [phrasing for phrasing in phrasings if len(normal(phrasing.text)) >= MIN_LENGTH]
    for first, second, cosine in _similar([p.text for p in long], [p.text for p in long], NEAR_DUPLICATE):
        if first < second:
            one, other = long[first], long[second]
            yield f"{one.label}: {one.text[:60]!r} ~ {other.label}: {other.text[:60]!r} ({cosine:.2f})"


def leaks(phrasings: Sequence[Phrasing], questions: Sequence[str]) -> Iterator[str]:
    """Phrasings that resemble an evaluation question."""
    known = {normal(question) for question in questions}
    for phrasing in phrasings:
        if len(normal(phrasing.text)) >= MIN_LENGTH and normal(phrasing.text) in known:
            yield f"{phrasing.label}: {phrasing.text[:60]!r} is an evaluation question"
    texts = [phrasing.text for phrasing in phrasings]
    for first, second, cosine in _similar(texts, list(questions), LEAK):
        if len(normal(texts[first])) >= MIN_LENGTH and normal(texts[first]) not in known:
            yield f"{phrasings[first].label}: {texts[first][:60]!r} ~ evaluation {questions[second][:60]!r} ({cosine:.2f})"


def _similar(left: Sequence[str], right: Sequence[str], limit: float) -> Iterator[tuple[int, int, float]]:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), strip_accents="unicode", sublinear_tf=True)
    columns = vectorizer.fit_transform([*left, *right])
    rows, others = columns[: len(left)], columns[len(left) :].T.tocsc()
    for start in range(0, len(left), BLOCK):
        product = (rows[start : start + BLOCK] @ others).tocoo()
        for row, column, cosine in zip(product.row, product.col, product.data, strict=True):
            if cosine >= limit:
                yield start + int(row), int(column), float(cosine)


def fingerprints(questions: Iterable[str]) -> set[str]:
    """Hashes of each question's word sequences; the questions cannot be read from them."""
    return {_hash(shingle) for question in questions for shingle in _shingles(question)}


def copied(phrasings: Sequence[Phrasing], known: set[str]) -> Iterator[str]:
    """Phrasings of which half the word sequences stand in the evaluation questions."""
    for phrasing in phrasings:
        shingles = _shingles(phrasing.text)
        found = sum(_hash(shingle) in known for shingle in shingles)
        if found > 1 and found / len(shingles) >= LEAKED_SHARE:
            yield f"{phrasing.label}: {phrasing.text[:60]!r} shares {found} of {len(shingles)} word sequences with the evaluation"


def _shingles(text: str) -> list[str]:
    words = normal(text).split()
    return [" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)]


def _hash(shingle: str) -> str:
    return hashlib.sha256(shingle.encode()).hexdigest()[:16]


def read_questions(file: Path) -> list[str]:
    """Texts of an evaluation file: JSON lines with ``text``, or lines ``Q<TAB>text`` and ``O<TAB>text``."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if file.suffix == ".jsonl":
        return [json.loads(line)["text"] for line in lines if line.strip()]
    return [line.split("\t", 1)[1] for line in lines if line.startswith(("Q\t", "O\t"))]


def check(against: Sequence[Path] = (), directory: Path = NLU_DIR) -> list[str]:
    """Every problem as a sentence."""
    phrasings = load_phrasings(directory)
    topics = {path.stem for path in entry_files(CORPUS_DIR)}
    found = [*shortages(phrasings, topics), *near_duplicates(phrasings)]
    found += copied(phrasings, set(FINGERPRINTS.read_text().split()))
    for file in against:
        found += leaks(phrasings, read_questions(file))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.faq.phrasing_check", description=__doc__)
    parser.add_argument("--against", type=Path, nargs="*", default=[], help="evaluation files to compare with")
    parser.add_argument("--write-fingerprints", action="store_true", help="make the fingerprints anew from --against")
    arguments = parser.parse_args()
    if arguments.write_fingerprints:
        questions = [question for file in arguments.against for question in read_questions(file)]
        FINGERPRINTS.write_text("\n".join(sorted(fingerprints(questions))) + "\n")
    found = check(arguments.against)
    for line in found:
        print(line)
    print(f"{len(found)} problems in {len(load_phrasings())} phrasings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
