"""How far two short words are apart, in slips of the fingers."""

from __future__ import annotations


def distance(one: str, other: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions, neighbours exchanged.

    Source: the restricted form of Damerau (1964); quadratic, so for words only.
    """
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, counterpart in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != counterpart))
            exchanged = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == counterpart
            current.append(min(cost, before_last[column - 2] + 1) if exchanged else cost)
        before_last, last = last, current
    return last[-1]
