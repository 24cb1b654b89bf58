"""The files that any other host can serve: whole, safe, and with nothing in them that only our own host knows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.fallback import BadLink, contact, files, write
from bot.faq.corpus import Corpus, load_corpus
from tests.channels.test_help_search import LIMIT_ENTRY
from tools.stack import ROOT

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
COMPANY = load_corpus().company


def company(**support: str) -> Corpus:
    return Corpus([LIMIT_ENTRY], {**COMPANY, "support": {**COMPANY["support"], **support}})


def test_the_policys_words_and_both_networks_stand_in_each_file() -> None:
    for name, content in files(load_corpus(), NOW).items():
        for wanted in ("https://www.facebook.com/CSIserver", "https://twitter.com/CSIserver", "soporte@csiserver.com"):
            assert wanted in content, name
        assert "127.0.0.1" not in content and "tel:" not in content and "{{" not in content and "%CONTENT%" not in content


def test_the_page_is_whole_in_itself_and_has_every_answer() -> None:
    corpus = load_corpus()
    page = files(corpus, NOW)["index.html"]
    assert page.count("<details>") == len(corpus) and "30/11/2026" in page
    assert not re.search(r"<(script|img|link|iframe)", page) and not re.search(r'(src|href)="(?!https://|mailto:)', page)


def test_the_json_says_its_version_and_its_links_in_order() -> None:
    told = json.loads(files(load_corpus(), NOW)["fallback.json"])
    assert told["version"] == 1 and told["written"] == "2026-11-30T12:00:00+00:00" and told["language"] == "es-AR"
    assert [link["title"] for link in told["links"]] == ["Facebook", "Twitter", "soporte@csiserver.com"]


def test_no_value_of_the_company_can_become_a_script() -> None:
    evil = company(email='</script><script>alert("1")</script>')
    made = files(evil, NOW)
    assert all("<script>alert" not in content for name, content in made.items() if name != "fallback.json")
    assert made["fallback.js"].isascii()
    with pytest.raises(BadLink, match="javascript"):
        contact(company(facebook="javascript:alert(1)"), NOW)


def test_a_file_is_whole_or_the_old_one_stays(tmp_path: Path) -> None:
    write(tmp_path, load_corpus(), NOW)
    before = (tmp_path / "fallback.json").read_text()
    with pytest.raises(BadLink):
        write(tmp_path, company(twitter="http://plain.test"), NOW)
    assert (tmp_path / "fallback.json").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fallback.js", "fallback.json", "index.html"]


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "bot.channels.fallback", str(tmp_path / "web")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "index.html" in told.stdout and (tmp_path / "web/fallback.js").exists()
