"""Every mail is a template: its words are in no Python, the company's values in no template, and each can be looked at."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from escalation import company
from escalation.mail import preview_values, previews, rendering
from escalation.settings import Settings
from tests.mail.conftest import settings_for
from tools.stack import ROOT


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("sqlite://", tmp_path)


def test_each_template_has_values_to_look_at_and_each_value_a_template(settings: Settings) -> None:
    assert sorted(preview_values.values(settings)) == rendering.names()


def test_each_is_written_as_text_as_html_and_as_a_whole_mail(settings: Settings, tmp_path: Path) -> None:
    count = previews.write_all(tmp_path, settings)
    assert count == len(list(tmp_path.glob("*.txt"))) == len(list(tmp_path.glob("*.html"))) == len(list(tmp_path.glob("*.eml")))
    for text in tmp_path.glob("*.txt"):
        words = text.read_text()
        subject, _, body = words.partition("\n\n")
        assert subject.strip() and "\n" not in subject
        assert body.rstrip().endswith("CSIserver · Mesa de Ayuda y Soporte Técnico"), text.name
        assert "{{" not in words and "None" not in words


def test_no_mail_is_put_together_in_python() -> None:
    guilty = []
    for path in (ROOT / "escalation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "enqueue_mail":
                given = [ast.unparse(argument) for argument in node.args[3:5]]
                guilty += [] if given == ["letter.subject", "letter.body"] else [f"{path.name}:{node.lineno} {given}"]
    assert guilty == []


def test_no_template_names_the_company() -> None:
    texts = {path.name: path.read_text(encoding="utf-8").lower() for path in rendering.TEMPLATES.iterdir()}
    assert [name for name, text in texts.items() if "csiserver" in text] == []


def test_another_company_signs_with_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = company.file().read_text(encoding="utf-8")
    other = given.replace("name: CSIserver", "name: Hosting del Sur, S.R.L.").replace(
        "soporte@csiserver.com", "ayuda@delsur.com.ar"
    )
    (tmp_path / company.FILE).write_text(other, encoding="utf-8")
    monkeypatch.setenv("FAQ_CORPUS_DIR", str(tmp_path))
    letter = rendering.write("password_changed", name="Carla Medina")
    assert "ayuda@delsur.com.ar" in letter.body and letter.body.endswith(
        "Hosting del Sur, S.R.L. · Mesa de Ayuda y Soporte Técnico"
    )
    for name in ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET"):
        monkeypatch.setenv(name, name)
    monkeypatch.delenv("MAIL_FROM", raising=False)
    assert Settings.from_environment().mail_from == '"Hosting del Sur, S.R.L. Soporte" <ayuda@delsur.com.ar>'


def test_an_edit_of_the_companys_values_is_in_the_next_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, file = company.file().read_text(encoding="utf-8"), tmp_path / company.FILE
    monkeypatch.setenv("FAQ_CORPUS_DIR", str(tmp_path))
    for number, name in enumerate(("Antes", "Después")):
        file.write_text(given.replace("name: CSIserver", f"name: {name}"), encoding="utf-8")
        os.utime(file, ns=(number, number))
        assert name in rendering.write("account_linked", name="Carla").body


@pytest.mark.parametrize(
    ("text", "says"), [("company: {name: X}", "support.email"), ("a: [", "company.yaml"), ("", "company.name")]
)
def test_a_file_that_lacks_a_value_stops_the_start_and_says_which(
    text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / company.FILE).write_text(text, encoding="utf-8")
    monkeypatch.setenv("FAQ_CORPUS_DIR", str(tmp_path))
    for name in ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET"):
        monkeypatch.setenv(name, name)
    with pytest.raises(company.BadCompany, match=says):
        Settings.from_environment()


def test_a_missing_file_says_which_setting_names_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_CORPUS_DIR", str(tmp_path))
    with pytest.raises(company.BadCompany, match="FAQ_CORPUS_DIR"):
        company.values()
