"""``python -m bot.embeddings.train --data DIR``: trains the bundled sentence encoder, about ten minutes on two cores.

Two stages. General: Spanish learns the meaning of English from parallel sentences and an English teacher. Trade: the same
goes on while the phrasings of ``nlu_data/`` join in, glosses as translations, topics as what belongs together (batches
hold whole families of topics: a neighbour is the hardest negative). ``--folds N`` trains the trade stage N times more, each
without one fold of the phrasings, into ``<work>/folds/``: ``bot.faq.learn`` needs encoders that have not seen what they judge.

Extra packages: ``bot/embeddings/requirements.txt``. Seeds are fixed; the teacher's vectors are cached in ``--work``.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from bot.embeddings import objectives
from bot.embeddings.augment import misspell
from bot.embeddings.bags import Bags, new_tokenizer
from bot.embeddings.pairs import load_pairs, load_paraphrases
from bot.embeddings.teacher import Teacher
from bot.faq.corpus import load_corpus
from bot.faq.encoder import BUNDLED_MODEL
from bot.faq.phrasings import NLU_DIR, Phrasing, folds_of, load_phrasings

SEED = 20261123
DIMENSIONS = 256
BATCH = 1024
# Static token vectors want a rate far above a network's; with less they stay near their random start.
RATE = 0.1
GENERAL_STEPS, TRADE_STEPS = 900, 700
WARM_UP = 50
MISSPELT_SHARE = 0.4
VARIANTS = 2
PHRASING_VARIANTS = 4
FAMILIES, TOPICS, EACH = 4, 64, 4
BY_TOPIC, TO_GLOSS = 0.5, 0.5
REPORT_EVERY = 100


@dataclass(frozen=True)
class General:
    """The parallel sentences, ready to draw from."""

    es: list[Bags]
    en: Bags
    renderings: Bags
    teacher: torch.Tensor
    shares: np.ndarray


@dataclass(frozen=True)
class Trade:
    """The phrasings: ``texts[0]`` as written, the others misspelt; ``families`` of label numbers."""

    texts: list[Bags]
    labels: np.ndarray
    families: list[list[int]]
    glosses: torch.Tensor


class Encoder(torch.nn.EmbeddingBag):
    """Mean of token vectors, of length 1."""

    def vectors(self, bags: Bags, rows: np.ndarray) -> torch.Tensor:
        return functional.normalize(self(*bags.take(rows)), dim=1)


class Recipe:
    """Data and stages, with everything drawn from fixed seeds."""

    def __init__(self, data: Path, work: Path, nlu: Path) -> None:
        self._work = work
        self._chance = random.Random(SEED)  # noqa: S311  # nosec B311: training data, not a secret
        self.pairs = load_pairs(data / "pairs_es_en.tsv.gz")
        self.renderings = load_paraphrases(data / "paraphrases_es_es.tsv.gz")
        self.phrasings = load_phrasings(nlu)
        misspelt = [[misspell(pair.es, self._chance) for pair in self.pairs] for _ in range(VARIANTS)]
        self.tokenizer = self._tokenizer(misspelt[0])
        teacher = Teacher(work)
        english = sorted({pair.en for pair in self.pairs})
        vectors = teacher.encode(english, "pairs")
        self._axes = _principal_axes(vectors)
        self.general = self._general(misspelt, english, self._reduced(vectors))
        glosses = sorted({phrasing.gloss for phrasing in self.phrasings})
        self._glosses = dict(zip(glosses, self._reduced(teacher.encode(glosses, "glosses")), strict=True))

    def _tokenizer(self, misspelt: list[str]) -> Tokenizer:
        some = self._chance.sample(misspelt, len(misspelt) // 3)
        # The trade's own words thrice: they are few, and they are what customers write.
        own = [phrasing.text for phrasing in self.phrasings] * 3
        return new_tokenizer([*(pair.es for pair in self.pairs), *(pair.en for pair in self.pairs), *some, *own])

    def _reduced(self, vectors: np.ndarray) -> torch.Tensor:
        return functional.normalize(torch.from_numpy((vectors @ self._axes).astype(np.float32)), dim=1)

    def _general(self, misspelt: list[list[str]], english: list[str], vectors: torch.Tensor) -> General:
        place = {sentence: number for number, sentence in enumerate(english)}
        others = [self._chance.choice(self.renderings.get(pair.es, [pair.es])) for pair in self.pairs]
        weights = np.array([pair.weight for pair in self.pairs])
        return General(
            es=[Bags(self.tokenizer, texts) for texts in ([pair.es for pair in self.pairs], *misspelt)],
            en=Bags(self.tokenizer, [pair.en for pair in self.pairs]),
            renderings=Bags(self.tokenizer, others),
            teacher=vectors[[place[pair.en] for pair in self.pairs]],
            shares=weights / weights.sum(),
        )

    def trade(self, phrasings: list[Phrasing]) -> Trade:
        """``phrasings``, ready to draw from."""
        corpus = load_corpus()
        names = sorted({phrasing.label for phrasing in phrasings})
        family = {name: corpus[name].category if name in corpus else "conversation" for name in names}
        variants = [[misspell(phrasing.text, self._chance) for phrasing in phrasings] for _ in range(PHRASING_VARIANTS)]
        return Trade(
            texts=[Bags(self.tokenizer, texts) for texts in ([phrasing.text for phrasing in phrasings], *variants)],
            labels=np.array([names.index(phrasing.label) for phrasing in phrasings]),
            families=[[names.index(n) for n in names if family[n] == kind] for kind in sorted(set(family.values()))],
            glosses=torch.stack([self._glosses[phrasing.gloss] for phrasing in phrasings]),
        )

    def first_stage(self) -> torch.Tensor:
        """Token vectors after the general stage, shape ``(vocabulary, DIMENSIONS)``."""
        torch.manual_seed(SEED)
        start = torch.randn(self.tokenizer.get_vocab_size(), DIMENSIONS) * 0.05
        return self._run("general", start, None, range(GENERAL_STEPS))

    def second_stage(self, start: torch.Tensor, phrasings: list[Phrasing]) -> torch.Tensor:
        """Token vectors after the trade stage on ``phrasings``."""
        return self._run("trade", start, self.trade(phrasings), range(GENERAL_STEPS, GENERAL_STEPS + TRADE_STEPS))

    def _run(self, name: str, start: torch.Tensor, trade: Trade | None, steps: range) -> torch.Tensor:
        draw = np.random.default_rng(SEED)
        encoder = Encoder.from_pretrained(start.clone(), freeze=False, mode="mean")
        optimizer = torch.optim.Adam(encoder.parameters(), lr=RATE, betas=(0.9, 0.98))
        began = time.monotonic()
        for step in steps:
            optimizer.param_groups[0]["lr"] = RATE * _rate(step)
            loss = self._general_loss(encoder, draw)
            if trade is not None:
                loss = loss + _trade_loss(encoder, trade, draw)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % REPORT_EVERY == 0:
                print(f"{name}: step {step}, loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)
        return encoder.weight.detach()

    def _general_loss(self, encoder: Encoder, draw: np.random.Generator) -> torch.Tensor:
        data = self.general
        rows = np.searchsorted(np.cumsum(data.shares), draw.random(BATCH)).clip(max=len(data.shares) - 1)
        es = data.es[draw.integers(1, len(data.es)) if draw.random() < MISSPELT_SHARE else 0]
        texts = (es, data.en, data.renderings)
        return objectives.general(*(encoder.vectors(bags, rows) for bags in texts), data.teacher[rows])


def _trade_loss(encoder: Encoder, trade: Trade, draw: np.random.Generator) -> torch.Tensor:
    families = draw.permutation(len(trade.families))
    near = [label for family in families[:FAMILIES] for label in trade.families[family]]
    far = [label for family in families[FAMILIES:] for label in trade.families[family]]
    chosen = (near + list(draw.permutation(far)))[:TOPICS] if len(near) < TOPICS else near
    rows = np.concatenate([draw.choice(np.flatnonzero(trade.labels == label), EACH) for label in chosen])
    vectors = encoder.vectors(trade.texts[draw.integers(0, len(trade.texts))], rows)
    together = objectives.by_topic(vectors, torch.from_numpy(trade.labels[rows]), torch.from_numpy(rows))
    return BY_TOPIC * together + TO_GLOSS * objectives.to_gloss(vectors, trade.glosses[rows])


def _principal_axes(vectors: np.ndarray) -> np.ndarray:
    """Shape ``(teacher's dimensions, DIMENSIONS)``; not centred, so that cosines stay what they were."""
    sample = np.random.default_rng(SEED).choice(len(vectors), min(len(vectors), 60_000), replace=False)
    _, _, axes = np.linalg.svd(vectors[sample], full_matrices=False)
    return axes[:DIMENSIONS].T


def _rate(step: int) -> float:
    total = GENERAL_STEPS + TRADE_STEPS
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / total))


def save(tokenizer: Tokenizer, weights: torch.Tensor, folder: Path) -> None:
    """Write a sentence-transformers model in half precision, as ``folder``'s only files beside its card."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    modules = [StaticEmbedding(tokenizer, embedding_weights=weights.numpy()), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").half().save(str(folder), create_model_card=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.embeddings.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with pairs_es_en.tsv.gz and paraphrases_es_es.tsv.gz")
    parser.add_argument("--work", type=Path, required=True, help="folder for the teacher's vectors, the stages and the folds")
    parser.add_argument("--out", type=Path, default=BUNDLED_MODEL, help="where the model goes")
    parser.add_argument("--nlu", type=Path, default=NLU_DIR, help="the phrasings")
    parser.add_argument("--folds", type=int, default=0, help="also train this many encoders for bot.faq.learn")
    arguments = parser.parse_args()
    torch.set_num_threads(torch.get_num_threads())
    recipe = Recipe(arguments.data, arguments.work, arguments.nlu)
    first = recipe.first_stage()
    save(recipe.tokenizer, recipe.second_stage(first, recipe.phrasings), arguments.out)
    for number in range(arguments.folds):
        folds = folds_of(recipe.phrasings, arguments.folds)
        kept = [phrasing for phrasing, fold in zip(recipe.phrasings, folds, strict=True) if fold != number]
        save(recipe.tokenizer, recipe.second_stage(first, kept), arguments.work / "folds" / str(number))
    print(json.dumps({"vocabulary": recipe.tokenizer.get_vocab_size(), "phrasings": len(recipe.phrasings)}))


if __name__ == "__main__":
    main()
