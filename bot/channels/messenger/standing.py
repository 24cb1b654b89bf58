"""Payloads that stand in the Page's profile: the same for everybody, and obeyed because they are in this table."""

from __future__ import annotations

import json
import re

from bot.channels.commands import GREETING

START, TICKET, STATUS, TO_BOT, LOG_OUT = "mesa:start", "mesa:ticket", "mesa:status", "mesa:bot", "mesa:logout"
TOPIC = "mesa:topic:"
_COMMANDS = {
    START: GREETING,
    TICKET: "/open_ticket",
    STATUS: "/ticket_status",
    TO_BOT: GREETING,
    LOG_OUT: "/log_out",
}
_TOPIC_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def command(payload: str) -> str | None:
    """What the bot hears of a standing payload, or None where it is none."""
    if payload.startswith(TOPIC):
        return topic(payload.removeprefix(TOPIC))
    return _COMMANDS.get(payload)


def topic(entry_id: str) -> str | None:
    """The command that shows an entry, or None where no entry can have this id."""
    sound = len(entry_id) <= 80 and _TOPIC_ID.fullmatch(entry_id)
    return f"/choose_entry{json.dumps({'topic': entry_id})}" if sound else None
