"""One customer from his first word to his last."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from bot.actions.report_fields import FIELDS, NO_ERROR_MESSAGE, NOT_KNOWN
from tests.simulation import chronicle, words
from tests.simulation.ledger import LEFT, Ledger, Promise
from tests.simulation.mischief import Mischief
from tests.simulation.persona import LogIn, Persona, persona
from tests.simulation.visitor import LOGIN, Outage, Turn, Violation, Visitor, must_be_up
from tests.simulation.wording import Wording

TURNS_MAX = 40
TICKET, ADDED, SOLVED, CANCELLED, LATER, ABANDONED, BROKEN_OFF, PROVISIONAL = (
    "ticket",
    "added",
    "solved",
    "cancelled",
    "left for later",
    "abandoned",
    "broken off",
    "provisional",
)
OUTCOMES = {
    "utter_ticket_opened": TICKET,
    "utter_ticket_provisional": PROVISIONAL,
    "utter_added_to_ticket": ADDED,
    "utter_glad": SOLVED,
    "utter_no_ticket": CANCELLED,
    "utter_not_a_customer": CANCELLED,
    "utter_goodbye": LATER,
}
DOWN = frozenset({"utter_escalation_down", "utter_ticket_provisional", "utter_status_down", "utter_ticket_failed"})
# What a press of these answers.
BUTTON_VALUES = {"No hay mensaje": NO_ERROR_MESSAGE, "No lo sé": NOT_KNOWN}
_NUMBER = re.compile(r"MDA-\w+")
_SUGGESTED = re.compile(r"«(.+?)»")
_YES = re.compile(r"\[?(?:sí|si|dale)\b", re.IGNORECASE)


@dataclass(frozen=True)
class System:
    """Where it runs, and who may log in."""

    front: str
    escalation: str
    email: str
    password: str
    wording: Wording


@dataclass
class Result:
    """What came of one dialogue. ``stored``: the texts of its history as they were at its end."""

    index: int
    outcome: str = ABANDONED
    visitors: list[Visitor] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    def turns(self) -> list[Turn]:
        """All messages, of all his devices."""
        return [turn for visitor in self.visitors for turn in visitor.turns]

    def transcript(self) -> str:
        """For reading."""
        lines = []
        for number, visitor in enumerate(self.visitors, start=1):
            lines.append(f"  -- device {number}, conversation {visitor.conversation_id}")
            for turn in visitor.turns:
                lines.append(f"  > {turn.said[:300]}{' (the same id again)' if turn.again else ''}")
                lines += [f"  < {' / '.join(text.splitlines())[:300]}" for text in turn.texts()]
        return "\n".join(lines)


class Dialogue:
    """Drives one :class:`Persona`. All chance comes from ``seed`` and ``index``."""

    def __init__(self, system: System, seed: int, index: int) -> None:
        self.draw = random.Random(f"{seed}:{index}")  # noqa: S311 - to be repeated, not to be secret
        self.system = system
        self.persona: Persona = persona(self.draw)
        self.result = Result(index)
        self.ledger = Ledger()
        self.step: str | None = None
        self.last = ""
        self.secret = f"Perro.{self.draw.randrange(16**8):08x}!Q"
        self._left: dict[str, tuple[str, ...]] = {}
        self._outcome: str | None = None
        self._logged_in = False
        self._tried = False
        self._mischief = Mischief(self)
        self._moves: dict[str, Callable[[], None]] = {
            "session": self._session,
            "code": lambda: self.press("Prefiero la contraseña", "volver"),
            "code_address": lambda: self.press("Prefiero la contraseña", "volver"),
            "resume": self._resume,
            "similar": self._similar,
            "doubt": self._doubt,
            "summary": self._summary,
            "utter_correct_which": self._any_button,
            "utter_solved_check": self._solved_check,
            "utter_offer_ticket": self._offer,
            "utter_write_message": lambda: self.press("Cancelar", "cancelar"),
            "back": self._any_button,
        }

    @property
    def visitor(self) -> Visitor:
        """The device that he uses now."""
        return self.result.visitors[-1]

    def run(self) -> Result:
        """Talk to the end."""
        try:
            self._open_device()
            self._talk()
            for visitor in self.result.visitors:
                stored = visitor.whole_history()
                self.result.stored += [message["text"] for message in stored]
                self.result.violations += chronicle.compare(stored, visitor.turns)
        except Outage:
            self._outcome = BROKEN_OFF
        except (requests.RequestException, AssertionError) as failed:
            self._unanswered(failed)
        self.result.outcome = self._outcome or ABANDONED
        for visitor in self.result.visitors:
            self.result.violations += visitor.violations
        return self.result

    def blame(self, kind: str, detail: str) -> None:
        """Note a violation."""
        self.result.violations.append(Violation(kind, detail))

    def say(self, text: str, secret: bool = False) -> Turn:
        """Type, and hear."""
        before = self.step
        turn = self.visitor.type(text, secret)
        self.hear(turn, before)
        return turn

    def push(self, button: dict[str, str]) -> Turn:
        """Press, and hear."""
        before = self.step
        turn = self.visitor.push(button)
        self.hear(turn, before)
        return turn

    def press(self, title: str, otherwise: str) -> Turn:
        """Press the button of the last replies that begins with ``title``; where there is none, type ``otherwise``."""
        found = [button for button in self.visitor.buttons() if button["title"].startswith(title)]
        return self.push(found[0]) if found else self.say(otherwise)

    def hear(self, turn: Turn, before: str | None) -> None:
        """What the replies to ``turn`` say of where the dialogue stands; it stood at ``before``."""
        names = self.system.wording.names(turn.texts())
        self.ledger.hear(names, self.system.wording)
        steps = [step for name in names if (step := self.system.wording.asks(name))]
        self.step, self.last = (steps[-1] if steps else None), (names[-1] if names else "")
        for name, text in zip(names, turn.texts(), strict=True):
            self._outcome = OUTCOMES.get(name, self._outcome)
            if name in ("utter_ticket_opened", "utter_ticket_provisional"):
                self._promised(text, turn, before)
            elif name == "utter_form_later":
                self._left = dict(self.ledger.answers)
            elif name in DOWN:
                self.blame("degraded", f"{name} while the system is up")

    def answer(self, name: str) -> Turn:
        """Answer the question about the field ``name`` by typing."""
        said = self.persona.answers[name]
        return self._answered(name, lambda: self.say(said.text), (said.text, *said.kept))

    def heard_answer(self, name: str, forms: tuple[str, ...]) -> None:
        """An answer to ``name`` was sent and heard: the bot must go on."""
        if self.step == name or self.last in LEFT or self.step is None:
            self.blame("answer_not_taken", f"{name}: {forms[0][:100]!r} led to {self.last or 'an unknown reply'}")
        else:
            self.ledger.take(name, forms)

    def _answered(self, name: str, send: Callable[[], Turn], forms: tuple[str, ...]) -> Turn:
        turn = send()
        self.heard_answer(name, forms)
        return turn

    def _unanswered(self, failed: Exception) -> None:
        try:
            must_be_up(self.system.front)
        except Outage:
            self._outcome = BROKEN_OFF
        else:
            self.blame("no_answer", f"{type(failed).__name__}: {str(failed)[:300]}")

    def _open_device(self) -> None:
        self.result.visitors.append(Visitor(self.system.front, self.system.escalation, self.system.wording))
        self._logged_in = False

    def _talk(self) -> None:
        if self.persona.opens_at_once:
            self.hear(self.visitor.start(), None)
        self.say(self.draw.choice((self.persona.problem, self.persona.problem, "hola", "quiero abrir un ticket")))
        while self._outcome is None and len(self.result.turns()) < TURNS_MAX:
            if self.draw.random() < self.persona.mischief:
                self._mischief.do()
            else:
                self._proper()
        if self._outcome == TICKET and self.draw.random() < 0.5:
            self._press_once_more()

    def _proper(self) -> None:
        if self.last == "utter_form_later":
            self._come_back()
        elif self.last == "utter_form_cancelled":
            self._regret()
        elif self.step in FIELDS:
            self._field(self.step)
        elif self.step in self._moves:
            self._moves[self.step]()
        else:
            self._begin()

    def _begin(self) -> None:
        """Nothing is asked of him."""
        offers = [button for button in self.visitor.buttons() if "ticket" in button["title"] or "Probar" in button["title"]]
        if offers and self.draw.random() < 0.7:
            self.push(offers[0])
        else:
            self.say(self.draw.choice((self.persona.problem, "quiero abrir un ticket")))

    def _any_button(self) -> None:
        buttons = self.visitor.buttons()
        if buttons:
            self.push(self.draw.choice(buttons))
        else:
            self._begin()

    def _solved_check(self) -> None:
        if self.draw.random() < self.persona.contentment:
            self.press("Sí, se resolvió", "sí, gracias")
        elif self.draw.random() < 0.5:
            self.press("No, sigue igual", "no")
        else:
            self.say("no, sigue igual")

    def _offer(self) -> None:
        if self.draw.random() < 0.85:
            self.press("Sí, abrir un ticket", "sí")
        else:
            self.press("No, gracias", "no gracias")

    def _session(self) -> None:
        if self.persona.login is LogIn.NEVER and not self._logged_in:
            self.press(self.draw.choice(("Ya ingresé", "No soy cliente", "Cancelar")), "cancelar")
            return
        if self.persona.login is LogIn.LATE and not self._tried:
            self._tried = True
        elif not self._logged_in:
            self._log_in()
        self.press("Ya ingresé", "ya ingresé")

    def _log_in(self) -> None:
        with LOGIN:
            if self.persona.login is LogIn.WRONG_FIRST and self.visitor.log_in(self.system.email, self.secret) != 401:
                self.blame("login", "a wrong password was not refused with 401")
            status = self.visitor.log_in(self.system.email, self.system.password)
        if status != 204:
            raise Outage(f"log-in: {status}")
        self._logged_in = True

    def _resume(self) -> None:
        """Only his own draft is his: other customers of the run share the log-in."""
        if self._left and self.persona.phone in "".join(reply["text"] for reply in self.visitor.replies):
            self.press("Sí, seguir con ése", "sí")
            if self.step != "resume":
                self.ledger.answers = {name: forms for name, forms in self._left.items() if name != self.step}
        else:
            self.press("No, es otra cosa", "no")

    def _similar(self) -> None:
        if self.draw.random() < 0.3:
            self.press("Agregarlo a ese ticket", "agregarlo")
        else:
            self.press("Abrir uno nuevo", "abrir uno nuevo")

    def _doubt(self) -> None:
        suggested = _SUGGESTED.search(self.visitor.replies[-1]["text"])
        if suggested and self.draw.random() < 0.6:
            self._answered("site", lambda: self.press("Sí", "sí"), (suggested[1],))
        else:
            self.press("No, está bien escrito", "no")

    def _summary(self) -> None:
        chance = self.draw.random()
        if chance < 0.15:
            self.press("Corregir", "corregir")
        elif chance < 0.2:
            self.press("Cancelar", "cancelar")
        elif chance < 0.6:
            self.press("Sí, enviar", "sí")
        else:
            self.say(self.draw.choice(words.YES))

    def _field(self, name: str) -> None:
        if name == "attachments":
            self._attachments()
            return
        # Beside an explanation stand other buttons than the question's.
        asked = self.last.startswith("utter_ask_")
        buttons = self.visitor.buttons() if asked else []
        if name not in ("description", "site", "area") and self.draw.random() < 0.1:
            unknown = NO_ERROR_MESSAGE if name == "error_message" else NOT_KNOWN
            self._answered(name, lambda: self.say("no sé"), (unknown,))
        elif buttons and self.draw.random() < 0.5:
            button = self.draw.choice(buttons)
            value = self.system.wording.areas.get(button["title"], button["title"]) if name == "area" else button["title"]
            self._answered(name, lambda: self.push(button), (BUTTON_VALUES.get(value, value),))
        else:
            self.answer(name)

    def _attachments(self) -> None:
        if self.draw.random() < 0.4:
            self.hear(self.visitor.upload(f"captura {len(self.visitor.files) + 1}.png"), self.step)
        self.press(*self.draw.choice((("Listo", "listo"), ("No tengo archivos", "no tengo"))))

    def _come_back(self) -> None:
        chance = self.draw.random()
        if chance < 0.2:
            self._outcome = LATER
            return
        if chance > 0.6:
            self._open_device()
            self.ledger.forget()
        self.say("abrir ticket")

    def _regret(self) -> None:
        if self.draw.random() < 0.6:
            self._outcome = CANCELLED
        else:
            self.say("quiero abrir un ticket")

    def _promised(self, text: str, turn: Turn, before: str | None) -> None:
        number = _NUMBER.search(text)
        if before != "summary" or not _YES.match(turn.said):
            self.blame("ticket_without_yes", f"{turn.said[:100]!r} at {before} opened {number and number[0]}")
        self.result.promises.append(
            Promise(
                self.visitor.conversation_id,
                number[0] if number else "",
                dict(self.ledger.answers),
                tuple(self.visitor.files),
                dict(self.ledger.stale),
            )
        )
        self.ledger.forget()

    def _press_once_more(self) -> None:
        sent = [button for button in self.visitor.old_buttons if button["title"] == "Sí, enviar"]
        if sent and self.draw.random() < 0.5:
            self.push(sent[-1])
        else:
            self.say("sí")
