"""Which answers fit a text that somebody types: as the bot would understand it, or by spelling where that is all there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.channels.help_meaning import Meaning
from bot.channels.help_search import HelpSearch
from bot.faq.corpus import Corpus, Entry
from bot.faq.quick_search import TEXT_MAX

if TYPE_CHECKING:
    from bot.faq.matcher import Match

# A word or two letters say nothing yet.
TEXT_MIN = 3
# A topic with a smaller share of what the topics have together is noise beside the others.
LEAST_SHARE = 0.02
# One or two words, the last perhaps half typed, are too little to be sure of one answer ("correo"), or that none fits.
WORDS_TO_JUDGE = 3
BY_MEANING, BY_SPELLING = "meaning", "spelling"
# As ``bot.faq.decision.Verdict`` spells them: it brings numpy along, which a light door does without.
NOTHING_FITS = frozenset({"off_topic", "talk"})


@dataclass(frozen=True)
class Findings:
    """``entries``, best first; ``by``: how they were found."""

    entries: tuple[Entry, ...]
    by: str


class Finder:
    """Searches by ``meaning``; ``spelling`` adds to it where the text is short, and stands in."""

    def __init__(self, meaning: Meaning, spelling: HelpSearch) -> None:
        self._meaning = meaning
        self._spelling = spelling

    def find(self, typed: str, corpus: Corpus, limit: int) -> Findings:
        """At most ``limit`` entries of ``corpus``; none where the text is too short or has nothing to do with any."""
        text = cleaned(typed)
        if len(text) < TEXT_MIN:
            return Findings((), BY_SPELLING)
        match = self._meaning.match(text)
        if match is None:
            return Findings(self._spelt(text, corpus, limit), BY_SPELLING)
        few_words = len(text.split()) < WORDS_TO_JUDGE
        spelt = self._spelt(text, corpus, limit) if few_words else ()
        if str(match.decision.verdict) in NOTHING_FITS:
            return Findings(spelt, BY_MEANING)
        meant = _likely(match, corpus)
        return Findings((*meant, *(entry for entry in spelt if entry not in meant))[:limit], BY_MEANING)

    def _spelt(self, text: str, corpus: Corpus, limit: int) -> tuple[Entry, ...]:
        return tuple(corpus[found.entry.id] for found in self._spelling.search(text, limit) if found.entry.id in corpus)


def cleaned(typed: str) -> str:
    """What is searched for, and shown again: one line, without control characters, of bounded length."""
    printable = "".join(character if character.isprintable() else " " for character in typed[: 2 * TEXT_MAX])
    return " ".join(printable.split())[:TEXT_MAX]


def _likely(match: Match, corpus: Corpus) -> tuple[Entry, ...]:
    topics = [guess for guess in match.guesses if guess.label in corpus]
    together = sum(guess.probability for guess in topics) or 1.0
    return tuple(corpus[guess.label] for guess in topics if guess.probability / together >= LEAST_SHARE)
