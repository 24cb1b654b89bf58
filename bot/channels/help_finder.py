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
# So many are shown in any case: the matcher is made to be sure of one, a reader sees at a glance which of three it is.
SHOWN_AT_LEAST = 3
# A further topic with a smaller share of what the topics have together is noise beside the others.
LEAST_SHARE = 0.01
# One or two words, the last perhaps half typed, are too little to be sure of one answer ("correo"), or that none fits.
WORDS_TO_JUDGE = 3
BY_MEANING, BY_SPELLING = "meaning", "spelling"
# As ``bot.faq.decision.Verdict`` spells them: it brings numpy along, which a light door does without.
OFF_TOPIC, TALK = "off_topic", "talk"
# The bot asks when in doubt; a list of answers can show what it has. Of messages of which 60 % were typed this hides .86 of those
# that are none of the company's business, and the right answer of .009 of the others (at the bot's own threshold: .91 and .014).
SURELY_OFF_TOPIC = 0.8


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
        decision, few_words = match.decision, len(text.split()) < WORDS_TO_JUDGE
        foreign = decision.verdict == OFF_TOPIC and decision.probability >= SURELY_OFF_TOPIC
        spelt = self._spelt(text, corpus, limit) if few_words or decision.verdict == TALK else ()
        meant = () if foreign or decision.verdict == TALK else _likely(match, corpus)
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
    shares = [(guess.label, guess.probability / together) for guess in topics]
    return tuple(corpus[label] for place, (label, share) in enumerate(shares) if place < SHOWN_AT_LEAST or share >= LEAST_SHARE)
