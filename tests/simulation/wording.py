"""The bot's own words, read from its domain: which response a reply is, and so what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from bot.faq.corpus import load_company
from bot.wording import filled

DOMAIN = Path(__file__).parents[2] / "bot" / "domain"
_HOLE = re.compile(r"\\\{\w+\\\}")
_ASKING = {
    "utter_ask_site_of_yours": "site",
    "utter_ask_site_payment": "site",
    "utter_ask_circumstances_site": "circumstances",
    "utter_ask_circumstances_once": "circumstances",
    "utter_ask_attachments_payment": "attachments",
    "utter_confirm_unclear": "summary",
    "utter_summary": "summary",
    "utter_site_doubt": "doubt",
    "utter_login_missing": "session",
    "utter_resume": "resume",
    "utter_similar": "similar",
    "utter_incident_same": "incident",
    "utter_code_refused": "code",
    "utter_code_trouble": "code",
    "utter_code_wanted": "code",
}


class Wording:
    """Recognises replies by the templates of the domain."""

    def __init__(self) -> None:
        self.responses: dict[str, str] = {}
        for path in sorted(DOMAIN.glob("responses_*.yml")):
            loaded = filled(yaml.safe_load(path.read_text(encoding="utf-8"))["responses"], load_company())
            self.responses |= {name: variants[0].get("text", "") for name, variants in loaded.items()}
        # Those without holes come first: "{title}…" would match nearly anything.
        order = sorted(self.responses.items(), key=lambda item: item[1].count("{"))
        self._patterns = [(name, _pattern(text)) for name, text in order if text]
        self.areas = {
            text: name.removeprefix("utter_area_") for name, text in self.responses.items() if name.startswith("utter_area_")
        }

    def name(self, text: str) -> str:
        """The response that ``text`` is; empty where it is none (the front door's own words)."""
        return next((name for name, pattern in self._patterns if pattern.fullmatch(text.strip())), "")

    def names(self, texts: Iterable[str]) -> list[str]:
        """The same for several."""
        return [self.name(text) for text in texts]

    def asks(self, name: str) -> str | None:
        """The step of the report, or the other question, that the response ``name`` asks."""
        if name in _ASKING:
            return _ASKING[name]
        for prefix in ("utter_ask_", "utter_explain_"):
            if name.startswith(prefix):
                return name.removeprefix(prefix)
        return name if name in ("utter_solved_check", "utter_offer_ticket", "utter_correct_which", "utter_write_message") else None

    def is_fixed(self, text: str) -> bool:
        """Whether the words are the domain's alone, nothing filled in."""
        return text.strip() in {response.strip() for response in self.responses.values()}


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r".*?", re.escape(text.strip())), re.DOTALL)
