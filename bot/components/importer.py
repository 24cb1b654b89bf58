"""Reads ``nlu_data/`` with the fast YAML loader: Rasa's own reads eight thousand examples five times over, in minutes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.faq.corpus import CORPUS_DIR, entry_files, load_company
from bot.faq.phrasings import FAQ_INTENT, Phrasing, load_phrasings
from bot.wording import filled

# The topic of a ``faq/…`` example. Not Rasa's response key: that is for a response selector, and warns where there is none.
TOPIC = "topic"


class PhrasingsImporter(RasaFileImporter):
    """Rules as Rasa does, the domain with the company's values in it, examples from :mod:`bot.faq.phrasings`."""

    def get_domain(self) -> Domain:
        return Domain.from_dict(filled(super().get_domain().as_dict(), load_company()))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        topics = {path.stem for path in entry_files(CORPUS_DIR)}
        # Where Rasa is given examples of its own, as for a fold of a cross-validation, these and no others count.
        given = tuple(sorted({str(Path(file).parent) for file in self._nlu_files}))
        return TrainingData([_message(phrasing, topics) for phrasing in _phrasings(given)])


@lru_cache(maxsize=1)
def _phrasings(folders: tuple[str, ...]) -> list[Phrasing]:
    return [phrasing for folder in folders for phrasing in load_phrasings(Path(folder))] if folders else load_phrasings()


def _message(phrasing: Phrasing, topics: set[str]) -> Message:
    if phrasing.label not in topics:
        return Message.build(text=phrasing.text, intent=phrasing.label)
    message = Message.build(text=phrasing.text, intent=FAQ_INTENT)
    message.set(TOPIC, phrasing.label)
    return message
