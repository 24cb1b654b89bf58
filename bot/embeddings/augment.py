"""Spanish as customers type it: deterministic misspellings of clean text, for training only."""

from __future__ import annotations

import random
import unicodedata

# Neighbours on a Spanish keyboard.
NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sfe", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "kñ", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "xa", "ñ": "l",
}  # fmt: skip
# Spellings that sound alike in the Río de la Plata.
ALIKE = [
    ("b", "v"),
    ("v", "b"),
    ("c", "s"),
    ("z", "s"),
    ("s", "c"),
    ("ll", "y"),
    ("y", "ll"),
    ("qu", "k"),
    ("h", ""),
    ("g", "j"),
    ("ge", "je"),
]
CHAT = {
    "que": "q", "por": "x", "porque": "xq", "también": "tmb", "para": "pa", "donde": "dnd", "dónde": "dnd", "mensaje": "msj",
    "mensajes": "msjs", "contraseña": "contra", "no": "nop", "correo": "mail", "correos": "mails", "gracias": "grax",
}  # fmt: skip
WORD_DROP = 0.05


def misspell(text: str, chance: random.Random, share: float = 0.15) -> str:
    """``text`` with about ``share`` of its words misspelt, abbreviated or dropped; at least one word stays."""
    words = []
    for word in text.split():
        draw = chance.random()
        if draw < WORD_DROP:
            continue
        words.append(_misspelt(word, chance) if draw < WORD_DROP + share else word)
    return " ".join(words) or text


def without_accents(text: str) -> str:
    """``text`` with marks removed from its letters (ñ becomes n)."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _misspelt(word: str, chance: random.Random) -> str:
    if word.lower() in CHAT:
        return CHAT[word.lower()]
    if len(word) < 4:
        return word
    place = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(5)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 2:
        return word[:place] + word[place] + word[place:]
    if kind == 3:
        return word[:place] + chance.choice(NEIGHBOURS.get(word[place].lower(), word[place])) + word[place + 1 :]
    sounds, writes = chance.choice(ALIKE)
    return word.replace(sounds, writes, 1)
