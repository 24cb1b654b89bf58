"""``python -m bot.components.model``: trains the Rasa model, only when what it is made from has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

BOT_DIR = Path(__file__).resolve().parents[1]
ROOT = BOT_DIR.parent
MODEL_NAME = "mesa-de-ayuda"
INPUTS = (
    "bot/config.yml",
    "bot/domain",
    "bot/rules",
    "bot/components",
    "bot/wording.py",
    "bot/entities",
    "bot/faq",
    "bot/embeddings/model",
    "nlu_data",
    "faq_corpus",
)
PINS = "requirements.txt"
PROGRESS_SECONDS = 10


def models_dir() -> Path:
    """Where trained models lie."""
    return Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance"))).resolve() / "models"


def digest() -> str:
    """Of every file that the model depends on, and of the setting that names another embedding model."""
    made = hashlib.sha256(os.environ.get("EMBEDDING_MODEL", "").encode())
    files = [path for name in INPUTS for path in _files(ROOT / name)]
    for path in [*files, ROOT / PINS]:
        made.update(str(path.relative_to(ROOT)).encode())
        made.update(path.read_bytes())
    return made.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.is_file() and "__pycache__" not in found.parts)


def train() -> None:
    """Train if needed; the digest beside the model says what it was made from.

    Raises:
        SystemExit: Rasa refused; its last words are in the message.
    """
    folder = models_dir()
    stamp = folder / f"{MODEL_NAME}.digest"
    wanted = digest()
    if (folder / f"{MODEL_NAME}.tar.gz").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print("== Training the bot (about a minute; only when answers, phrasings or rules changed)", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "rasa",
        "train",
        "--skip-validation",
        # Rasa's own cache looks at a component's class only, not at the modules behind it; the digest has looked at all.
        "--force",
        "--fixed-model-name",
        MODEL_NAME,
    ]
    command += ["--config", "bot/config.yml", "--domain", "bot/domain", "--data", "bot/rules", "--out", str(folder)]
    log_file = folder / "train.log"
    # Rasa prints one warning a phrasing about a response selector that is not used here: into the file with it.
    with log_file.open("w", encoding="utf-8") as log:
        rasa = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603  # nosec B603
        _show_progress(rasa)
    if rasa.returncode != 0 or not (folder / f"{MODEL_NAME}.tar.gz").exists():
        last_lines = log_file.read_text(encoding="utf-8").splitlines()[-30:]
        sys.exit("\n".join([*last_lines, f"Training failed; the reason stands above and in {log_file}."]))
    stamp.write_text(wanted)


def _show_progress(process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while process.poll() is None:
        try:
            process.wait(PROGRESS_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"   training: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    train()
