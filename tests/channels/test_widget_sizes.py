"""What a page pays for the widget."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from benchmarks import sizes
from bot.channels import widget_code

ZIPPED = {"Accept-Encoding": "gzip"}


def test_the_launcher_and_the_whole_widget_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes.main() == 0, capsys.readouterr().out


def test_the_command_fails_above_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "LOADER_MAX", 100)
    assert sizes.main() == 1


def test_they_travel_zipped_and_the_modules_are_kept_by_the_browser_until_they_change(client: FlaskClient) -> None:
    launcher = client.get("/widget.js", headers=ZIPPED)
    assert launcher.headers["Content-Encoding"] == "gzip" and len(launcher.data) <= sizes.LOADER_MAX
    version = re.search(r"/widget/code/(\w+)-", client.get("/widget.js").text).group(1)
    whole = len(launcher.data)
    for name in widget_code.modules():
        module = client.get(f"/widget/code/{version}-0/{name}", headers=ZIPPED)
        assert module.mimetype == "text/javascript" and "max-age=31536000" in module.headers["Cache-Control"]
        whole += len(module.data)
    assert whole <= sizes.WHOLE_MAX
    old = client.get("/widget/code/older-0/panel.js")
    assert old.status_code == 200 and "max-age=0" in old.headers["Cache-Control"]
    assert client.get(f"/widget/code/{version}-0/secrets.env").status_code == 404


def test_no_script_makes_elements_of_strings_or_loads_anything_from_elsewhere() -> None:
    code = "\n".join([widget_code.loader(), *(content.decode() for content in widget_code.modules().values())])
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.prototype\b|cookie", code)
    assert not re.search(r"""(?:from|import\()\s*["'](?!\./)""", code)
