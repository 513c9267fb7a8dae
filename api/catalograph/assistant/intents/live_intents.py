"""The model of intents of a running server."""

import asyncio
import logging
import threading
from importlib import resources
from pathlib import Path

from catalograph.assistant.intents.model import IntentModel
from catalograph.assistant.intents.turns import UnderstoodTurn, understand_turn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.errors import DownloadError, MissingExtraError, NotPublishedError
from catalograph.ml.encoders import load_encoder
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.schema import TextEncoder
from catalograph.settings import Settings

_log = logging.getLogger(__name__)
PACKAGED = "packaged.npz"
"""File of the packaged model, beside this module; `catalograph train intent` writes others."""


def load_intents(file: Path | None) -> IntentModel:
    """Read a model of intents.

    Args:
        file: file of `catalograph train intent`; None for the packaged model.

    Raises:
        TrainingDataError: it is no such file.
    """
    if file is not None:
        return IntentModel.load(file)
    with resources.as_file(resources.files("catalograph.assistant.intents") / PACKAGED) as packaged:
        return IntentModel.load(packaged)


class LiveIntents:
    """Reader of turns; safe to call from any thread. The encoder is loaded for the first turn.

    Args:
        settings: settings of the encoders.
        file: file of the model; None for the packaged one.
        encoder: encoder of the server, which may have loaded the model's already.

    Raises:
        TrainingDataError: the file of the model cannot be read.
    """

    def __init__(self, settings: Settings, file: Path | None, encoder: TextEncoder | None) -> None:
        self._settings = settings
        self._model = load_intents(file)
        self._shared = encoder
        self._lock = threading.Lock()
        self._encoder: TextEncoder | None = None

    async def understand(self, turn: str, vocabulary: SearchVocabulary | None) -> UnderstoodTurn:
        """Read a turn, in a thread.

        Args:
            turn: what was typed.
            vocabulary: names of the graph; None to link nothing.

        Raises:
            NotPublishedError: the model's encoder is not on this machine.
        """
        return await asyncio.to_thread(self._understand, turn, vocabulary)

    def _understand(self, turn: str, vocabulary: SearchVocabulary | None) -> UnderstoodTurn:
        with self._lock:
            encoder = self._encoder = self._encoder or self._load()
        return understand_turn(turn, self._model, encoder, vocabulary)

    def _load(self) -> TextEncoder:
        name = self._model.card.encoder
        try:
            if isinstance(self._shared, LiveTextEncoder):
                return self._shared.load_named(name)
            return load_encoder(self._settings, name=name, threads=1)
        except (MissingExtraError, DownloadError) as exc:
            _log.warning("turns are not understood: %s", exc)
            raise NotPublishedError(
                f"This server has no sentence encoder '{name}', by which turns are understood. "
                "Install the extra `text`, and let it be fetched once."
            ) from exc
