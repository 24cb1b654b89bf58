"""``python -m tests.simulate --dialogues 500 --seed 1``: made-up customers talk to the running system, and nothing may break.

Wants the system running (``make run`` in another terminal). Every dialogue is drawn from the seed and its number; ``--only`` plays
one of them again. With ``--database`` the tickets are compared with what the customers said. Exit status 1: something broke, or
the system went down in between; 2: it was not up at all.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median, quantiles

from tests.simulation.dialogue import BROKEN_OFF, Dialogue, Result, System
from tests.simulation.rows import Rows
from tests.simulation.visitor import Outage, Violation, must_be_up
from tests.simulation.wording import Wording


def main() -> int:
    """Simulate, check, report."""
    options = _options()
    try:
        must_be_up(options.front)
    except Outage as why:
        print(f"Start the system first (make run): {why}", file=sys.stderr)
        return 2
    login = json.loads(options.logins.read_text(encoding="utf-8"))["customer"]
    system = System(options.front, options.escalation, login["email"], login["password"], Wording())
    numbers = [options.only] if options.only is not None else list(range(options.dialogues))
    dialogues = [Dialogue(system, options.seed, number) for number in numbers]
    started = time.monotonic()
    with ThreadPoolExecutor(options.workers) as pool:
        results = list(pool.map(Dialogue.run, dialogues))
    seconds = time.monotonic() - started
    secrets = {login["password"], *(dialogue.secret for dialogue in dialogues)}
    _look_for(secrets, results)
    everywhere = _compare(Rows(options.database), results, secrets) if options.database else []
    broken = Counter(found.kind for result in results for found in result.violations) + Counter(found.kind for found in everywhere)
    for result in results:
        if result.violations or options.only is not None:
            _print_result(result, options.seed)
    for found in everywhere:
        print(f"!! {found.kind}: {found.detail}")
    _print_figures(results, seconds, broken)
    return 1 if broken or any(result.outcome == BROKEN_OFF for result in results) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--dialogues", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one dialogue to play again")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--front", default="http://127.0.0.1:8000")
    parser.add_argument("--escalation", default="http://127.0.0.1:8001")
    parser.add_argument("--logins", type=Path, default=Path("instance/demo-logins.json"))
    parser.add_argument("--database", type=Path, help="escalation's SQLite file; databases beside it are searched for passwords")
    return parser.parse_args()


def _look_for(secrets: set[str], results: list[Result]) -> None:
    for result in results:
        result.violations += [
            Violation("password_in_history", text.replace(secret, "<the password>")[:200])
            for text in result.stored
            for secret in secrets
            if secret in text
        ]


def _compare(rows: Rows, results: list[Result], secrets: set[str]) -> list[Violation]:
    for result in results:
        for visitor in result.visitors:
            promised = [promise for promise in result.promises if promise.conversation_id == visitor.conversation_id]
            result.violations += rows.check(visitor.conversation_id, promised)
    return rows.holding(secrets)


def _print_result(result: Result, seed: int) -> None:
    print(f"\n== seed {seed}, dialogue {result.index}: {result.outcome}")
    for found in result.violations:
        print(f"!! {found.kind}: {found.detail}")
    print(result.transcript())


def _print_figures(results: list[Result], seconds: float, broken: Counter[str]) -> None:
    turns = [len(result.turns()) for result in results]
    times = [took for result in results for visitor in result.visitors for took in visitor.times]
    print(f"\n{len(results)} dialogues, {sum(turns)} turns in {seconds:.0f} s")
    for outcome, count in Counter(result.outcome for result in results).most_common():
        print(f"  {outcome:16} {count:6}")
    print(f"  {'turns a dialogue':16} {mean(turns):6.1f} (median {median(turns):.0f}, at most {max(turns)})")
    if len(times) > 1:
        print(f"  {'one turn, ms':16} p50 {median(times):.0f}, p95 {quantiles(times, n=20)[-1]:.0f}, most {max(times):.0f}")
    print(f"  {'violations':16} {sum(broken.values()):6}")
    for kind, count in broken.most_common():
        print(f"    {kind:26} {count:4}")


if __name__ == "__main__":
    sys.exit(main())
