"""What a customer does that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.actions.report_fields import FIELDS
from tests.simulation import words

if TYPE_CHECKING:
    from tests.simulation.dialogue import Dialogue

LONG_CHARACTERS = 5000
TOO_LONG_CHARACTERS = 8001


class Mischief:
    """One random move at a time in ``dialogue``."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._draw = dialogue.draw
        plain = ("no sé", "volver", "cancelar", "después", "listo", "no", "corregir")
        lists = (words.QUESTIONS, words.GREETINGS, words.INSULTS, words.EMOJI, words.EMPTYISH, words.RAW, words.OTHERS)
        self._moves: list[Callable[[], Any]] = [
            *(lambda text=text: dialogue.say(text) for text in plain),
            *(lambda texts=texts: dialogue.say(self._draw.choice(texts)) for texts in lists),
            self._random_button,
            self._random_button,
            self._old_button,
            self._old_button,
            self._start_over,
            self._long,
            self._password,
            self._twice,
            self._twice,
            self._at_once,
            self._at_once,
            self._picture,
            self._reload,
            self._malformed,
        ]

    def do(self) -> None:
        """Anything."""
        # The drafts of others with the same log-in are not his to take.
        if self._dialogue.step == "resume":
            self._dialogue.say(self._draw.choice(words.EMOJI))
        else:
            self._draw.choice(self._moves)()

    def _random_button(self) -> None:
        buttons = self._dialogue.visitor.buttons()
        if buttons:
            self._dialogue.push(self._draw.choice(buttons))
        else:
            self._dialogue.say("listo")

    def _old_button(self) -> None:
        dialogue = self._dialogue
        current = {button["title"] for button in dialogue.visitor.buttons()}
        old = [button for button in dialogue.visitor.old_buttons if button["title"] not in current]
        if not old:
            return self._random_button()
        button, asked = self._draw.choice(old), dialogue.step
        dialogue.push(button)
        if asked in FIELDS and dialogue.step != asked:
            dialogue.ledger.stale[asked] = button["title"]
        return None

    def _start_over(self) -> None:
        self._dialogue.say("empezar de nuevo")
        self._dialogue.ledger.forget()

    def _long(self) -> None:
        dialogue = self._dialogue
        asked = dialogue.step
        text = f"{dialogue.persona.problem}. {words.LONG * 60}"[:LONG_CHARACTERS].strip()
        dialogue.say(text)
        if asked == "description":
            dialogue.heard_answer(asked, (text,))

    def _password(self) -> None:
        self._dialogue.say(self._draw.choice(words.PASSWORDS).format(self._dialogue.secret), secret=True)

    def _twice(self) -> None:
        """The same message with the same id: a widget that lost the answer."""
        dialogue = self._dialogue
        before, buttons = dialogue.step, dialogue.visitor.buttons()
        yes = [button for button in buttons if before == "summary" and button["title"].startswith("Sí")]
        if yes:
            dialogue.visitor.again(dialogue.push(yes[0]), {"payload": yes[0]["payload"]})
        elif before in FIELDS and before != "attachments":
            dialogue.visitor.again(dialogue.answer(before), {"text": dialogue.persona.answers[before].text})
        else:
            text = self._draw.choice(words.GREETINGS)
            dialogue.visitor.again(dialogue.say(text), {"text": text})

    def _at_once(self) -> None:
        """Two messages at the same moment: an impatient finger."""
        dialogue = self._dialogue
        before = dialogue.step
        if before == "summary":
            self._both(({"text": "sí"}, "sí"), ({"text": "sí"}, "sí"))
        elif before in FIELDS and before != "attachments":
            said = dialogue.persona.answers[before]
            first, second = dialogue.visitor.together([({"text": said.text}, said.text)] * 2)
            dialogue.hear(first, before)
            dialogue.heard_answer(before, (said.text, *said.kept))
            dialogue.hear(second, dialogue.step)
        else:
            self._both(({"text": "hola"}, "hola"), ({"text": "gracias"}, "gracias"))

    def _both(self, *bodies: tuple[dict[str, str], str]) -> None:
        for turn in self._dialogue.visitor.together(list(bodies)):
            self._dialogue.hear(turn, self._dialogue.step)

    def _picture(self) -> None:
        self._dialogue.hear(self._dialogue.visitor.upload(f"foto {len(self._dialogue.visitor.files) + 1}.png"), self._dialogue.step)

    def _reload(self) -> None:
        """The page is loaded anew: the history must be there."""
        stored = {message.get("client_id") for message in self._dialogue.visitor.whole_history()}
        for turn in self._dialogue.visitor.turns:
            if turn.shown and turn.id not in stored:
                self._dialogue.blame("history_lacks", turn.said[:100])

    def _malformed(self) -> None:
        bodies: tuple[dict[str, Any], ...] = (
            {"id": "x y", "text": "hola"},
            {"text": "hola"},
            {"id": "m1", "text": "   \n "},
            {"id": "m2", "text": "a" * TOO_LONG_CHARACTERS},
            {"id": "m3", "payload": "/open_ticket"},
            {"id": "m4", "text": "hola", "payload": "hola"},
            {"id": "m5", "text": ["hola"]},
        )
        self._dialogue.visitor.malformed(self._draw.choice(bodies))
