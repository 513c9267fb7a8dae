"""Sentence vectors by a transformers encoder: mean of the last layer, of length one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.ingest.resolve.corpus import Encode

_BATCH = 32
_TOKENS = 128


def load_encode(folder: str) -> Encode:
    """Load an encoder of sentence-transformers' kind (Reimers and Gurevych, 2019).

    Args:
        folder: name or folder of a transformers model.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
    """
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as exc:
        raise MissingExtraError("extract", "transformers") from exc
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)  # type: ignore[no-untyped-call]

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), model.config.hidden_size), np.float32)
        # Texts of like length together: less padding.
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            tokens = tokenizer(
                [texts[n] for n in chosen], padding=True, truncation=True, max_length=_TOKENS,
                return_tensors="pt",
            )  # fmt: skip
            with torch.inference_mode():
                hidden = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            vectors[chosen] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    return encode
