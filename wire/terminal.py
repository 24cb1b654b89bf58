"""Words of others on the terminal of whoever runs a command of ours."""

from __future__ import annotations


def one_line(text: str) -> str:
    """``text`` without what would move the cursor, change the terminal or begin a line (ECMA-48), or turn the direction."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
