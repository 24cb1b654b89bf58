"""What the matcher weighs and how long it takes when there are a hundred, a thousand, ten thousand answers."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from bot.faq.corpus import Corpus, Entry
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.matcher import Matcher
from bot.faq.understanding import Understanding

SIZES = (100, 1_000, 10_000)
SEED = 20261123


@dataclass(frozen=True)
class Load:
    """At ``entries`` answers: bytes of the index's arrays and the model's, seconds to build, milliseconds of one match.

    ``cpu_ms``: mean of what the process itself computed for a match.
    """

    entries: int
    index_bytes: int
    model_bytes: int
    build_seconds: float
    ms_p50: float
    ms_p95: float
    cpu_ms: float


def grown(corpus: Corpus, size: int, seed: int = SEED) -> Corpus:
    """``corpus`` cut or filled up to ``size``: title of one entry, keywords of another, answer of a third, words shuffled."""
    dice = random.Random(seed)  # noqa: S311  # nosec B311: not a secret
    real = list(corpus.values())
    made = [_mixed(number, real, dice) for number in range(size - len(real))]
    return Corpus([*real, *made][:size], corpus.company)


def _mixed(number: int, real: Sequence[Entry], dice: random.Random) -> Entry:
    titled, keyed, answered = dice.choice(real), dice.choice(real), dice.choice(real)
    keywords = tuple(dice.sample(keyed.keywords, len(keyed.keywords)))
    return replace(
        titled,
        id=f"synthetic-{number}",
        title=_shuffled(titled.title, dice),
        keywords=keywords,
        answer=_shuffled(answered.answer, dice),
    )


def _shuffled(text: str, dice: random.Random) -> str:
    parts = text.split()
    return " ".join(dice.sample(parts, len(parts)))


def array_bytes(thing: object) -> int:
    """Bytes of all numpy arrays that can be reached from ``thing``, shared memory counted once; strings and the like not."""
    owners: dict[int, int] = {}
    _collect(thing, owners, set())
    return sum(owners.values())


def _collect(thing: object, owners: dict[int, int], seen: set[int]) -> None:
    if id(thing) in seen or isinstance(thing, str | bytes | int | float | type):
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        while isinstance(thing.base, np.ndarray):
            thing = thing.base
        owners[id(thing)] = thing.nbytes
    elif isinstance(thing, sparse.csr_matrix):
        parts: Sequence[object] = (thing.data, thing.indices, thing.indptr)
        for part in parts:
            _collect(part, owners, seen)
    elif isinstance(thing, dict):
        for part in thing.values():
            _collect(part, owners, seen)
    elif isinstance(thing, list | tuple):
        for part in thing:
            _collect(part, owners, seen)
    else:
        for part in vars(thing).values() if hasattr(thing, "__dict__") else ():
            _collect(part, owners, seen)


def load_at(size: int, model: Understanding, encoder: SentenceEncoder, corpus: Corpus, texts: Sequence[str]) -> Load:
    """One size; entries beyond those of ``corpus`` are published without training, as an edited answer is."""
    many = grown(corpus, size)
    start = time.perf_counter()
    matcher = Matcher(model, encoder, lambda: many)
    matcher.match(texts[0], encoder.encode([texts[0]])[0])
    built = time.perf_counter() - start
    times, computing = [], time.process_time()
    for text in texts:
        start = time.perf_counter()
        matcher.match(text, encoder.encode([text])[0])
        times.append((time.perf_counter() - start) * 1000)
    computed = (time.process_time() - computing) / len(texts) * 1000
    index = array_bytes(EntryIndex.of(many, encoder, model.lexicon))
    low, high = np.percentile(times, (50, 95))
    return Load(size, index, array_bytes(model), round(built, 2), round(float(low), 2), round(float(high), 2), round(computed, 2))
