"""``python -m bot.channels.opinion_counts [--days 90]``: what readers say of each answer, those that help least first."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta

from bot.channels.opinions import Opinions
from bot.channels.settings import Settings
from bot.faq.live import published
from wire.database import new_engine
from wire.terminal import one_line


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.opinion_counts", description=__doc__)
    parser.add_argument("--days", type=int, default=90, help="how far back (90)")
    parser.add_argument("--comments", type=int, default=3, help="how many of the newest comments an entry (3)")
    given = parser.parse_args()
    opinions = Opinions(new_engine(Settings.from_environment().chat_database_url))
    print("\n".join(lines(opinions, given.days, given.comments)))
    return 0


def lines(opinions: Opinions, days: int, comments: int) -> list[str]:
    """The table, a line an entry, each comment below its entry."""
    counted = opinions.counts(datetime.now(UTC) - timedelta(days=days), comments)
    made = [f"{'entry':42} {'yes':>5} {'no':>5} {'helped':>7}"]
    for count in counted:
        share = count.yes / (count.yes + count.no)
        gone = "" if count.entry_id in published().current() else "   (no longer published)"
        made.append(f"{count.entry_id:42} {count.yes:5} {count.no:5} {share:7.0%}{gone}")
        made += [f"    - {' '.join(one_line(comment).split())}" for comment in count.comments]
    return made if counted else ["Nobody has said anything yet."]


if __name__ == "__main__":
    sys.exit(main())
