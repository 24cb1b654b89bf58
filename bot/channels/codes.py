"""A log-in code typed into the chat: found in the customer's words and hidden. Codes are escalation's (six digits, by mail)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# On a bot's reply: he waits for the code.
CARD = "code"
HIDDEN = "[código oculto]"
# Phones and mail programs make typographic spaces and dashes of what is typed or pasted.
_GAP = r"[ \u00a0\u202f\u2010-\u2014-]"
# Longer rows of digits are phones and amounts, and a ticket's number may be all digits.
_NUMBER = re.compile(rf"(?<!\w)(?<!\d{{3}}[ .,-])(?<!MDA-)[0-9]{{3}}{_GAP}?[0-9]{{3}}(?!\w)(?![ .,-]\d{{3}})")


@dataclass(frozen=True)
class TypedCode:
    """``text`` is without the digits; ``digits`` None where several numbers could be the code: then none is tried."""

    text: str
    digits: str | None = field(repr=False)


def find(text: str) -> TypedCode | None:
    """The six-digit number in ``text``, in one row or as three and three; None where there is none."""
    numbers = {re.sub(r"\D", "", number) for number in _NUMBER.findall(text)}
    if not numbers:
        return None
    return TypedCode(_NUMBER.sub(HIDDEN, text), numbers.pop() if len(numbers) == 1 else None)
