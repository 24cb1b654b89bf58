"""What the customer answered so far, as the bot's questions and replies show it: this the ticket must hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.actions.report_fields import FIELDS
from tests.simulation.wording import Wording

FORGETTING = frozenset({"utter_form_cancelled", "utter_not_a_customer"})
LEFT = frozenset({*FORGETTING, "utter_form_later", "utter_nothing_pending"})


@dataclass(frozen=True)
class Promise:
    """A ticket that the bot said it opened, with the forms in which each answer may be found there.

    ``number`` is empty where escalation did not answer in time and a provisional one was told.
    """

    conversation_id: str
    number: str
    answers: dict[str, tuple[str, ...]]
    files: tuple[str, ...]
    stale: dict[str, str]


@dataclass
class Ledger:
    """``answers`` by field; ``stale``: titles of old buttons that were pressed at a field's question."""

    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stale: dict[str, str] = field(default_factory=dict)

    def hear(self, names: list[str], wording: Wording) -> None:
        """A field that is asked has no answer any more; a cancelled report has none."""
        for name in names:
            asked = wording.asks(name)
            if asked in FIELDS:
                self.answers.pop(asked, None)
                self.stale.pop(asked, None)
            if name in FORGETTING:
                self.forget()

    def take(self, name: str, forms: tuple[str, ...]) -> None:
        """The bot went on after this answer."""
        self.answers[name] = forms

    def forget(self) -> None:
        """A new report begins, or somebody else's words."""
        self.answers, self.stale = {}, {}
