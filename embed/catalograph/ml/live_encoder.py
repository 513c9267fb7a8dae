"""A text encoder that follows the live text model, so that queries and documents share a model."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import CatalographError
from catalograph.ml.encoders import choose_model, load_encoder
from catalograph.ml.onnx import ONNX_MODELS
from catalograph.schema import TextEncoder
from catalograph.settings import Settings

_LOOK_EVERY = 5.0
"""Seconds for which the name of the live model is remembered."""


class LiveTextEncoder:
    """A `catalograph.schema.TextEncoder` by the live text model; safe to call from any thread.

    Only packaged models are loaded by name. If the live model is another one, or cannot be loaded,
    the encoder of the settings stays: its vectors have another length, so that searches use full
    text alone, and `/readyz` says why.

    Args:
        settings: settings of the encoders.
        read_live: function that returns the name of the live text model's encoder, or None.
        threads: threads for one batch.

    Raises:
        MissingExtraError: a package that the model of the settings needs is not installed.
        DownloadError: the model of the settings cannot be fetched.
    """

    def __init__(
        self, settings: Settings, read_live: Callable[[], str | None], *, threads: int | None = None
    ) -> None:
        self._settings = settings
        self._read_live = read_live
        self._threads = threads
        self._guard = threading.Lock()
        self._default = choose_model(settings, ())
        self._encoders = {self._default: load_encoder(settings, threads=threads)}
        self._current = self._encoders[self._default]
        self._look_at = 0.0

    @property
    def dimension(self) -> int:
        """Length of each vector; may read the live model's name."""
        return self._encoder().dimension

    @property
    def latin_only(self) -> bool:
        """Whether texts in other scripts have no meaning for it; may read the live model's name."""
        return bool(getattr(self._encoder(), "latin_only", False))

    @property
    def name(self) -> str:
        """Name of the encoder in use; may read the live model's name."""
        current = self._encoder()
        return next(name for name, one in self._encoders.items() if one is current)

    def load_named(self, name: str) -> TextEncoder:
        """Return the encoder of a packaged model, loaded once whether it is live or not.

        Raises:
            DownloadError: it cannot be fetched.
        """
        with self._guard:
            return self._load(name)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode search queries by the live model."""
        return self._encoder().encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts to be searched by the live model."""
        return self._encoder().encode_documents(texts)

    def _encoder(self) -> TextEncoder:
        with self._guard:
            if time.monotonic() >= self._look_at:
                try:
                    self._current = self._load(self._read_live())
                except CatalographError as exc:
                    logging.getLogger(__name__).warning("the text encoder stays: %s", exc)
                self._look_at = time.monotonic() + _LOOK_EVERY
            return self._current

    def _load(self, name: str | None) -> TextEncoder:
        if name is None or name not in ONNX_MODELS:
            name = self._default
        if name not in self._encoders:
            self._encoders[name] = load_encoder(self._settings, name=name, threads=self._threads)
        return self._encoders[name]
