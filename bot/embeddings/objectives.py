"""What the encoder is pulled towards, as losses over batches of unit vectors."""

from __future__ import annotations

import torch
from torch.nn import functional

# Cosines are multiplied by this before a softmax (the usual 1 / 0.05 of contrastive sentence encoders).
SCALE = 20.0
CONTRAST, DISTILLATION, RELATIONS = 0.3, 3.0, 200.0


def general(es: torch.Tensor, en: torch.Tensor, renderings: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Spanish ``es`` meets its English ``en``, its other Spanish ``renderings`` and the ``teacher``'s vectors of the English.

    All of shape ``(batch, dimensions)``. Distillation to a teacher's vectors follows Reimers & Gurevych 2020 ("Making
    monolingual sentence embeddings multilingual"); matching its matrix of similarities keeps the neighbourhoods.
    """
    own = torch.arange(len(es))
    across = SCALE * es @ en.T
    contrast = (functional.cross_entropy(across, own) + functional.cross_entropy(across.T, own)) / 2
    contrast = contrast + 0.5 * functional.cross_entropy(SCALE * es @ renderings.T, own)
    distance = (1 - (es * teacher).sum(1)).mean() + 0.5 * (1 - (en * teacher).sum(1)).mean()
    relations = functional.mse_loss(es @ es.T, teacher @ teacher.T)
    return CONTRAST * contrast + DISTILLATION * distance + RELATIONS * relations


def by_topic(vectors: torch.Tensor, labels: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Phrasings of one topic attract each other, all others in the batch repel (Khosla et al. 2020, supervised contrastive).

    ``rows`` tell which phrasing each is: one drawn twice is no positive of itself.
    """
    scores = (SCALE * vectors @ vectors.T).fill_diagonal_(-1e9)
    positive = (labels[:, None] == labels[None]) & (rows[:, None] != rows[None])
    pulled = (functional.log_softmax(scores, dim=1) * positive).sum(1) / positive.sum(1).clamp(min=1)
    return -pulled.mean()


def to_gloss(vectors: torch.Tensor, glosses: torch.Tensor) -> torch.Tensor:
    """Phrasings come near the teacher's vectors of their English glosses."""
    return (1 - (vectors * glosses).sum(1)).mean()
