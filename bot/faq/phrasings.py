"""The customers' ways to ask: ``nlu_data/`` as rows of text and label."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

NLU_DIR = Path(__file__).resolve().parents[2] / "nlu_data"
# The intent of every topic; Rasa writes the topic behind it.
FAQ_INTENT = "faq"
TOPIC_PREFIX = f"{FAQ_INTENT}/"
# A fault that only staff can mend, and what is none of the company's business: two labels that are neither topic nor talk.
NEEDS_TICKET = "requiere-ticket"
OFF_TOPIC = "fuera-de-tema"


@dataclass(frozen=True)
class Phrasing:
    """One message a customer could write. ``label`` is a topic id or the name of a conversational intent."""

    text: str
    label: str
    register: str
    gloss: str


def label_of_intent(intent: str) -> str:
    """``faq/correo-rebota`` is the topic ``correo-rebota``; any other intent is its own label."""
    return intent.removeprefix(TOPIC_PREFIX)


def folds_of(phrasings: Sequence[Phrasing], folds: int) -> list[int]:
    """Number of the fold of each phrasing, 0 to ``folds - 1``: by its text, so that adding others moves none."""
    return [int.from_bytes(hashlib.sha256(p.text.encode("utf-8")).digest()[:4], "big") % folds for p in phrasings]


def load_phrasings(directory: Path = NLU_DIR) -> list[Phrasing]:
    """Every example under ``directory`` in file order.

    Raises:
        ValueError: an example is not in Rasa's long format (text with metadata); names the file and the intent.
    """
    return [phrasing for path in sorted(directory.rglob("*.yml")) for phrasing in _read(path)]


def _read(path: Path) -> Iterator[Phrasing]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  # nosec B506: a SafeLoader
    for block in document["nlu"]:
        for example in block["examples"]:
            if not isinstance(example, dict) or "text" not in example:
                raise ValueError(f"{path}: examples of {block['intent']} must have text and metadata")
            metadata = example.get("metadata", {})
            yield Phrasing(
                text=example["text"].strip(),
                label=label_of_intent(block["intent"]),
                register=metadata.get("register", ""),
                gloss=metadata.get("en", ""),
            )
