"""``python -m bot.channels.messenger.profile``: bring the Page's Messenger profile to what this house wants.

Shows the difference first and asks; ``--yes`` asks nothing, ``--dry-run`` only shows. Meta allows ten calls in ten minutes.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from typing import Any

from bot.channels.messenger import standing
from bot.channels.messenger.graph import Graph, GraphError
from bot.channels.settings import Settings

Profile = dict[str, Any]

GREETING = (
    "Hola {{user_first_name}}: soy el asistente automático de CSIserver. Cuénteme qué le pasa con su correo, sitio o dominio."
)
# At most four, and they win over the Get Started button (Messenger Profile API).
QUESTIONS = (
    ("No puedo enviar correos", "correo-no-puedo-enviar"),
    ("No recibo correos", "correo-no-recibo"),
    ("Mi sitio no carga", "web-no-carga"),
    ("¿Cómo pago o informo un pago?", "pago-medios"),
)
MENU = (
    ("Abrir un ticket", standing.TICKET),
    ("Ver mis tickets", standing.STATUS),
    ("Hablar con el asistente", standing.TO_BOT),
    ("Cerrar sesión", standing.LOG_OUT),
)
# Without message_echoes nobody would hear what staff type in the Page's inbox (chatwoot/chatwoot#1186).
SUBSCRIBED = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_account_linking",
    "messaging_handovers",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "standby",
)


def wanted(help_url: str) -> Profile:
    """The profile as it should be; the help centre stands in the menu where Meta would open it (https alone)."""
    items: list[dict[str, Any]] = [{"type": "postback", "title": title, "payload": payload} for title, payload in MENU]
    if help_url.startswith("https://"):
        items.append({"type": "web_url", "title": "Mesa de Ayuda", "url": help_url})
    questions = [{"question": question, "payload": f"{standing.TOPIC}{topic}"} for question, topic in QUESTIONS]
    return {
        "get_started": {"payload": standing.START},
        "greeting": [{"locale": "default", "text": GREETING}],
        "ice_breakers": [{"locale": "default", "call_to_actions": questions}],
        "persistent_menu": [{"locale": "default", "composer_input_disabled": False, "call_to_actions": items}],
    }


def present(graph: Graph, names: list[str]) -> Profile:
    """The profile as it is, and the webhook's fields as ``subscribed``.

    Raises:
        GraphError: Meta does not tell.
    """
    found = graph.call("GET", f"me/messenger_profile?fields={','.join(names)}").get("data") or [{}]
    apps = graph.call("GET", "me/subscribed_apps").get("data") or []
    fields = {field for app in apps for field in app.get("subscribed_fields", [])}
    return {**found[0], "subscribed": sorted(fields & set(SUBSCRIBED))}


def difference(old: Profile, new: Profile) -> str:
    """What would change, as a unified diff of JSON; empty where nothing would."""
    texts = [json.dumps(profile, indent=2, sort_keys=True, ensure_ascii=False).splitlines() for profile in (old, new)]
    return "\n".join(difflib.unified_diff(*texts, "at Meta", "here", lineterm=""))


def push(graph: Graph, old: Profile, new: Profile) -> None:
    """Make it so: only what differs is sent.

    Raises:
        GraphError: Meta refused.
    """
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if changed.pop("subscribed", None):
        graph.call("POST", "me/subscribed_apps", {"subscribed_fields": ",".join(SUBSCRIBED)})
    if changed:
        graph.call("POST", "me/messenger_profile", changed)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.messenger.profile", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="push without asking")
    parser.add_argument("--dry-run", action="store_true", help="only show the difference")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    if settings.messenger is None:
        print(
            "Messenger is not set up: set MESSENGER_VERIFY_TOKEN, MESSENGER_APP_SECRET and MESSENGER_PAGE_TOKEN.", file=sys.stderr
        )
        return 1
    graph = Graph(settings.messenger)
    new = {**wanted(f"{settings.front_public_url}/ayuda/"), "subscribed": sorted(SUBSCRIBED)}
    try:
        old = present(graph, [name for name in new if name != "subscribed"])
        shown = difference({name: old[name] for name in new if name in old}, new)
        print(shown or "The profile is as it should be.")
        if not shown or given.dry_run or not (given.yes or input("Push this? [y/N] ").strip().lower() == "y"):
            return 0
        push(graph, old, new)
    except GraphError as failed:
        print(f"Meta refused ({failed.trouble}): {failed.detail}", file=sys.stderr)
        return 1
    print("Pushed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
