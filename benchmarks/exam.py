"""The questions of a run, and what may be learned for them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bot.evaluate import Question, read_rows
from bot.faq.corpus import Corpus, load_corpus
from bot.faq.phrasings import Phrasing, load_phrasings


@dataclass(frozen=True)
class Exam:
    """Questions, and what may be learned for them: no phrasing that is itself a question; ``left_out`` counts these."""

    questions: list[Question]
    corpus: Corpus
    phrasings: list[Phrasing]
    left_out: int

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self.corpus)

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.questions]


def exam_of(path: Path) -> Exam:
    """The exam in ``path`` with the answers and phrasings of this repository."""
    questions = [(row["text"], frozenset(row["labels"])) for row in read_rows(path)]
    asked = {text.strip() for text, _ in questions}
    phrasings = load_phrasings()
    kept = [phrasing for phrasing in phrasings if phrasing.text not in asked]
    return Exam(questions, load_corpus(), kept, len(phrasings) - len(kept))


def digest_of(exam: Exam) -> str:
    """Tells exams apart without telling what is in them."""
    rows = json.dumps([[text, sorted(labels)] for text, labels in exam.questions])
    return hashlib.sha256(rows.encode("utf-8")).hexdigest()
