"""nginx's configuration as a tree, read by its grammar: words, a semicolon or a block in braces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*|"(?P<double>(?:\\.|[^"])*)"|'(?P<single>(?:\\.|[^'])*)'|(?P<sign>[{};])|(?P<word>(?:\$\{\w+\}|[^\s{};])+))"""
)


class BadConfiguration(ValueError):
    """A brace or a semicolon is missing."""


@dataclass(frozen=True)
class Directive:
    """``name`` with its words; ``block`` where it has braces."""

    name: str
    words: tuple[str, ...]
    block: list[Directive] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Directive]:
        """Those called ``name`` in its block, at any depth."""
        for one in self.block:
            if one.name == name:
                yield one
            yield from one.all(name)


def parse(text: str) -> Directive:
    """The whole file as one block.

    Raises:
        BadConfiguration: see there.
    """
    tokens = [(match.lastgroup or "", match[match.lastgroup]) for match in _TOKEN.finditer(text) if match.lastgroup]
    block, rest = _block(tokens)
    if rest:
        raise BadConfiguration("a brace is closed that was not opened")
    return Directive("file", (), block)


def _block(tokens: list[tuple[str, str]], inner: bool = False) -> tuple[list[Directive], list[tuple[str, str]]]:
    made: list[Directive] = []
    words: list[str] = []
    while tokens:
        (kind, value), tokens = tokens[0], tokens[1:]
        if kind != "sign":
            words.append(value)
        elif value == "}":
            if words or not inner:
                raise BadConfiguration(f"no semicolon after {' '.join(words)}")
            return made, tokens
        elif not words:
            raise BadConfiguration(f"{value} with nothing before it")
        else:
            block, tokens = _block(tokens, inner=True) if value == "{" else ([], tokens)
            made.append(Directive(words[0], tuple(words[1:]), block))
            words = []
    if words or inner:
        raise BadConfiguration(f"the file ends in the middle of {' '.join(words) or 'a block'}")
    return made, tokens
