"""``make run``: prepare, start every part under one supervisor, say when it is ready and where; Ctrl-C stops all."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager

from tools.stack import ROOT, CannotStart, Ports, Stack


def main() -> int:
    started = time.monotonic()
    # What customers wrote and the hashes of their passwords are for this user's eyes alone.
    os.umask(0o077)
    instance = Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance"))).resolve()
    stack = Stack(instance, Ports.from_environment())
    try:
        stack.ports.check_free()
        stack.prepare()
    except CannotStart as why:
        print(f"Cannot start: {why}.", file=sys.stderr)
        return 1
    print("== Starting front door, Rasa, action server, escalation, worker and mail reception", flush=True)
    manager = Manager()
    environment = stack.environment()
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, f"exec {command}", env=environment, cwd=str(ROOT))
    threading.Thread(target=_announce, args=(stack, manager, started), daemon=True).start()
    manager.loop()
    return int(manager.returncode or 0)


def _announce(stack: Stack, manager: Manager, started: float) -> None:
    try:
        stack.wait_until_ready()
    except CannotStart as why:
        print(f"Cannot start: {why}.", file=sys.stderr, flush=True)
        manager.terminate()
        return
    logins_file = stack.instance / "demo-logins.json"
    lines = [
        "",
        f"Ready after {time.monotonic() - started:.0f} s. Ctrl-C stops everything.",
        f"  Customers' page with the widget   {stack.front_url}/",
        f"  Help centre                       {stack.front_url}/ayuda/",
        f"  Área de Clientes                  {stack.escalation_url}/area-clientes/",
        f"  Staff console                     {stack.escalation_url}/consola/",
        f"  Mail that would leave             {stack.instance / 'mail'}/",
        f"  Mail to take in (drop an .eml)    {stack.instance / 'mail-in'}/",
    ]
    if logins_file.exists():
        lines.append(f"  Demo log-ins ({logins_file}):")
        for role, person in json.loads(logins_file.read_text()).items():
            lines.append(f"    {role:9} {person['email']:28} {person['password']}")
    print("\n".join([*lines, ""]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
