"""How often one sender, or one conversation, may do what writes a row, asks the bot or costs a search."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.channels import words
from bot.channels.settings import Settings
from wire import tokens
from wire.networks import network_of
from wire.problem import problem

# An office of twenty behind one address, each typing into the search: a call a third of a second while he types.
SEARCHES = "600 per minute"
# Nobody reads an answer in a second; an office reads more than one in an hour.
OPINIONS = "60 per hour"
# A report is a page of text that waits for a person.
REPORTS = "20 per hour"
# Each sends a mail, or tries a code; escalation has limits of its own per address and conversation.
CODES = "30 per hour"
# What a chat costs: a row, a turn of the bot, a file on the disk.
CHAT_ENDPOINTS = ("open_conversation", "send_message", "add_file")


def register(app: Flask, settings: Settings) -> Limiter:
    """Only routes that say so are counted."""
    limiter = Limiter(
        _network,
        storage_uri=settings.rate_limit_storage_url,
        headers_enabled=True,
        # A Redis that is away must neither stop the door nor open it to floods.
        in_memory_fallback_enabled=True,
    )
    limiter.init_app(app)

    @app.errorhandler(429)
    def too_many(_: Exception) -> ResponseReturnValue:
        # Called by scripts; whoever else is stopped reads a page.
        if request.path.startswith("/widget/"):
            return problem(429, "too many calls; wait a minute", text=words.TOO_FAST)
        if request.path == "/ayuda/buscar":
            return problem(429, "too many calls; wait a minute")
        return render_template("help_too_many.html"), 429

    return limiter


def register_for_chat(app: Flask, settings: Settings, limiter: Limiter) -> None:
    """After the widget's routes are there: each address and each conversation has its measure of all of them together."""
    of_address = limiter.shared_limit(settings.chat_per_address, scope="chat")
    of_conversation = limiter.shared_limit(settings.chat_per_conversation, scope="conversation", key_func=_conversation(settings))
    for endpoint in CHAT_ENDPOINTS:
        view = of_address(app.view_functions[endpoint])
        app.view_functions[endpoint] = view if endpoint == "open_conversation" else of_conversation(view)


def _conversation(settings: Settings) -> Callable[[], str]:
    def key() -> str:
        # Before the guard looks at it: a forged one counts as its sender's.
        token = tokens.bearer(request.headers.get("Authorization")) or ""
        return tokens.read(token, settings.conversation_secret) or _network()

    return key


def _network() -> str:
    return network_of(request.remote_addr or "-")
