"""``make audit``: bandit over our code, and the pins against known vulnerabilities. Needs PyPI's JSON API; not part of CI.

Where that is out of reach: ``python -m tools.audit --advisories FOLDER`` with a checkout of github.com/pypa/advisory-database.
What could not be looked up is said and counts as a failure: an audit that saw nothing must not look like a clean one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

from tools.stack import ROOT

CODE = ("bot", "escalation", "wire", "tools", "webhook_app.py")
# Apart from our environment: pip-audit wants packaging 22 or newer, which Rasa 3.6 does not let in.
PIP_AUDIT = ("tool", "run", "--from", "pip-audit==2.10.0", "pip-audit")
# The pins are exact and complete: nothing is resolved or installed to look them up.
ARGUMENTS = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", "-r", "requirements.txt")


def main() -> int:
    """0 where nothing was found and everything could be looked up."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)
    parser.add_argument("--advisories", type=Path, help="a checkout of github.com/pypa/advisory-database, instead of PyPI")
    folder = parser.parse_args().advisories
    print("== bandit", flush=True)
    command = [sys.executable, "-m", "bandit", "-q", "-ll", "-r", *CODE]
    bandit = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603  # nosec B603
    print("== known vulnerabilities", flush=True)
    found, unknown = from_folder(folder, pins()) if folder else from_pypi()
    for line in found:
        print(line)
    if unknown:
        print(f"{len(unknown)} could not be looked up: {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}")
    if not found and not unknown:
        print("none")
    return int(bool(bandit or found or unknown))


def pins() -> dict[str, str]:
    """Name and version of everything that is installed."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line)


def from_pypi() -> tuple[list[str], list[str]]:
    """What pip-audit finds, a line each, and the names that it could not look up."""
    command = [str(Path(sys.executable).with_name("uv")), *PIP_AUDIT, *ARGUMENTS]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603  # nosec B603
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr.strip(), file=sys.stderr)
        return [], list(pins())
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no version'}"
        for one in told
        for flaw in one.get("vulns", [])
    ]
    return found, [one["name"] for one in told if "skip_reason" in one]


def from_folder(folder: Path, pinned: dict[str, str]) -> tuple[list[str], list[str]]:
    """The same from files in OSV's format (ossf.github.io/osv-schema), one folder a package; what has none has no advisory.

    Raises:
        FileNotFoundError: there are no advisories in ``folder``.
    """
    vulns = folder / "vulns"
    if not vulns.is_dir():
        raise FileNotFoundError(f"{vulns}: not a checkout of pypa/advisory-database")
    return [line for name, version in sorted(pinned.items()) for line in _of(vulns / name, name, version)], []


def _of(folder: Path, name: str, version: str) -> Iterator[str]:
    for file in sorted(folder.glob("*.yaml")):
        advisory = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "withdrawn" not in advisory and any(is_affected(one, version) for one in advisory.get("affected", [])):
            yield f"{name} {version}: {advisory['id']} ({', '.join(advisory.get('aliases', [])) or 'no other name'})"


def is_affected(affected: dict[str, Any], version: str) -> bool:
    """Whether ``version`` (a local part like +cpu apart) lies in a range of one ``affected`` entry, or is named by it."""
    public = version.partition("+")[0]
    if public in affected.get("versions", []):
        return True
    return any(_in_range(one["events"], Version(public)) for one in affected.get("ranges", []) if one["type"] == "ECOSYSTEM")


def _in_range(events: Iterable[dict[str, str]], version: Version) -> bool:
    inside = False
    for event in events:
        kind, text = next(iter(event.items()))
        try:
            limit = Version(text)
        except InvalidVersion:
            continue
        if kind == "introduced" and version >= limit:
            inside = True
        elif (kind == "fixed" and version >= limit) or (kind == "last_affected" and version > limit):
            inside = False
    return inside


if __name__ == "__main__":
    sys.exit(main())
