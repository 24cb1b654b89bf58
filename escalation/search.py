"""Full-text search over tickets with their messages, and over customers: without accents and capitals, newest tickets first.

Every word of the query must be there; the last one may be unfinished, so that it can be asked at each keystroke. The index is
kept by the database itself (migration 0003): FTS5 on SQLite, tsvector on PostgreSQL. For staff alone: it reads internal notes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Integer, String, cast, column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from escalation.models import Customer, Ticket

PAGE = 25
WORDS_MAX = 12
# As long as the index keeps a word; a longer one is sought by its beginning.
WORD_MAX = 64
QUERY_MAX = 1000
# A word longer than any that can be asked for: nobody's text is found by it.
NOWHERE = '"' + "x" * (WORD_MAX + 1) + 'z"'
# The same signs as in the function search_words of migration 0003.
_WORD = re.compile("[a-z0-9\u00df-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff]+")
_ACCENT = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Found:
    """One page. ``next_key`` is the ``before`` of the next one, or None where this is the last."""

    tickets: list[Ticket]
    next_key: int | None


def find(
    session: Session,
    query: str,
    *conditions: ColumnElement[bool],
    before: int | None = None,
    limit: int = PAGE,
    options: Sequence[ORMOption] = (),
) -> Found:
    """Tickets that have all words of ``query`` in number, subject, fields, messages, or the customer's name and addresses.

    ``conditions`` on :class:`Ticket` narrow it, ``options`` say what is loaded along. A merged ticket is found as the one that it
    went into. A query without a word finds nothing; no query raises.
    """
    words = words_of(query)
    if not words:
        return Found([], None)
    index, key, matches = _index(session, "ticket", words)
    chosen = select(Ticket).join(index, key == Ticket.id).where(matches, *conditions)
    chosen = chosen.options(joinedload(Ticket.customer), *options)
    if before is not None:
        chosen = chosen.where(key < before)
    # One more than asked for tells whether there is another page.
    tickets = list(session.scalars(chosen.order_by(key.desc()).limit(limit + 1)))
    return Found(tickets[:limit], tickets[limit - 1].id if len(tickets) > limit else None)


def find_from(session: Session, query: str, after: str | None, limit: int = PAGE, options: Sequence[ORMOption] = ()) -> Found:
    """As :func:`find`, from the ticket of the number ``after`` on; nothing where there is no such ticket."""
    before = None
    if after is not None:
        before = session.scalar(select(Ticket.id).where(Ticket.number == after.replace("\x00", "")))
        if before is None:
            return Found([], None)
    return find(session, query, before=before, limit=limit, options=options)


def find_customers(session: Session, query: str, after: str = "", limit: int = PAGE) -> list[Customer]:
    """Customers that have all words of ``query`` in name, addresses, domains or mailboxes, by id; ``after``: the last one seen."""
    words = words_of(query)
    if not words:
        return []
    index, key, matches = _index(session, "customer", words)
    texts = table("search_customers", column("id", Integer), column("customer_id", String))
    ids = select(texts.c.customer_id).where(texts.c.id.in_(select(key).select_from(index).where(matches)))
    lists = (selectinload(Customer.addresses), selectinload(Customer.domains), selectinload(Customer.mailboxes))
    page = select(Customer).where(Customer.id.in_(ids), Customer.id > after).order_by(Customer.id).limit(limit).options(*lists)
    return list(session.scalars(page))


def words_of(query: str) -> list[str]:
    """The folded words that are sought, at most twelve. The last one ends in ``*`` where more of it may follow."""
    found = fold(query[:QUERY_MAX])
    if not found:
        return []
    # After a space, a point or the like the word is whole.
    is_typing = _WORD.fullmatch(_plain(query[:QUERY_MAX])[-1:]) is not None
    words = [word[:WORD_MAX] + ("*" if len(word) > WORD_MAX else "") for word in found]
    if is_typing and not words[-1].endswith("*"):
        words[-1] += "*"
    return list(dict.fromkeys(words[: WORDS_MAX - 1] + words[-1:]))


def fold(text: str) -> list[str]:
    """Its words as the index has them: without accents, small letters, and nothing but letters and digits."""
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    return _ACCENT.sub("", unicodedata.normalize("NFD", text)).lower()


def _index(session: Session, what: str, words: Sequence[str]) -> tuple[FromClause, ColumnElement[int], ColumnElement[bool]]:
    """The index of ``what``, the key of its rows, and the condition that a row has all ``words``."""
    if session.get_bind().dialect.name == "sqlite":
        name = f"search_{what}_words"
        index = table(name, column("rowid", Integer), column(name))
        sought = " ".join(part for word in words for part in _fts_words(word))
        # Without a word that FTS5 knows there is nothing to be found, and an empty query would be an error.
        return index, index.c.rowid, index.c[name].op("MATCH", is_comparison=True)(sought or NOWHERE)
    index = table(f"search_{what}s", column("ticket_id" if what == "ticket" else "id", Integer), column("words"))
    wanted = cast(" & ".join(map(_ts_word, words)), TSQUERY)
    return index, next(iter(index.c)), index.c.words.op("@@", is_comparison=True)(wanted)


def _fts_words(word: str) -> list[str]:
    # https://sqlite.org/fts5.html 3.1: a string in double quotes is no operator. Where the tokenizer would see two words in it
    # there would be a phrase, which an index without places refuses: letters that it does not know part words.
    parts = "".join(letter if _is_known(letter) else " " for letter in word.removesuffix("*")).split()
    return [f'"{part}"' + ("*" if word.endswith("*") and part is parts[-1] else "") for part in parts]


def _is_known(letter: str) -> bool:
    # unicode61 takes the letters and numbers of Unicode 6.1; those of 3.2 were all among them.
    return unicodedata.ucd_3_2_0.category(letter)[0] in "LN"


def _ts_word(word: str) -> str:
    # https://www.postgresql.org/docs/current/datatype-textsearch.html: a quoted lexeme is taken as it is.
    return f"'{word.removesuffix('*')}'" + (":*" if word.endswith("*") else "")
