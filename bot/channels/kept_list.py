"""``python -m bot.channels.kept_list [--content]``: reports of the plain form that are kept here, and where each stands.

``waiting`` and ``delivered`` take care of themselves; ``refused`` is for a person, who reads it with ``--content``.
"""

from __future__ import annotations

import argparse
import json
import sys

from bot.channels.kept_reports import KeptReports
from bot.channels.report_desk import ReportDesk
from bot.channels.settings import Settings
from bot.channels.store import Store
from wire.database import new_engine
from wire.terminal import one_line


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.kept_list", description=__doc__)
    parser.add_argument("--content", action="store_true", help="what the customers wrote, too")
    content = parser.parse_args().content
    settings = Settings.from_environment()
    engine = new_engine(settings.chat_database_url)
    reports = KeptReports(engine, Store(engine), ReportDesk(settings), settings.conversation_secret)
    print("\n".join(lines(reports, content)))
    return 0


def lines(reports: KeptReports, content: bool) -> list[str]:
    """One a report, its content below it as JSON."""
    made = []
    for kept in reports.all():
        made.append(f"{kept.number}  {kept.state:9}  {kept.kept_at:%Y-%m-%d %H:%M} UTC  {kept.ticket or ''}".rstrip())
        if content:
            made.append(f"    {one_line(json.dumps(kept.content, ensure_ascii=False))}")
    return made or ["No report is kept."]


if __name__ == "__main__":
    sys.exit(main())
