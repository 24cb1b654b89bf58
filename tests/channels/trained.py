"""A small trained model as Rasa would leave it: enough to tell two answers, small talk and what is none of our business apart."""

from __future__ import annotations

import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.faq.phrasings import OFF_TOPIC
from bot.faq.static_encoder import StaticEncoder
from bot.faq.understanding import STORE, Understanding

PLACE = f"components/train_bot.components.faq_matcher.FaqMatcher2/{STORE}"
SAID = {
    "correo-adjuntos": ("no puedo mandar una foto pesada", "el adjunto no sale", "me rechaza el archivo por tamaño"),
    "ssl-sitio-no-seguro": ("sale un candado tachado", "dice no seguro arriba", "el certificado no es válido"),
    "greet": ("hola", "buenas tardes", "buen día"),
    OFF_TOPIC: ("quién ganó el partido de anoche", "una receta de milanesas", "cuánto sale el dólar blue"),
}


def archive(path: Path, topics: tuple[str, ...] = ("correo-adjuntos", "ssl-sitio-no-seguro")) -> Path:
    """Writes it to ``path``, as one file from one moment to the next."""
    texts = [text for label in SAID for text in SAID[label]]
    labels = [label for label in SAID for _ in SAID[label]]
    with TemporaryDirectory() as folder:
        Understanding.fit(texts, labels, StaticEncoder().encode(texts), frozenset(topics)).save(Path(folder))
        with tarfile.open(path.with_suffix(".new"), "w:gz") as tar:
            tar.add(Path(folder) / STORE, PLACE)
    path.with_suffix(".new").replace(path)
    return path
