"""The model of intents of a running server, loaded when the first turn is read."""

import asyncio
import threading
from importlib import resources
from pathlib import Path

from catalograph.assistant.intents.model import IntentModel
from catalograph.assistant.intents.turns import UnderstoodTurn, understand_turn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.ml.encoders import load_encoder
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.schema import TextEncoder
from catalograph.settings import Settings

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
    """Reader of turns with its model and encoder; safe to call from any thread.

    Args:
        settings: settings of the encoders.
        file: file of the model; None for the packaged one.
        encoder: encoder of the server, which may have loaded the model's already.
    """

    def __init__(self, settings: Settings, file: Path | None, encoder: TextEncoder | None) -> None:
        self._settings = settings
        self._file = file
        self._shared = encoder
        self._lock = threading.Lock()
        self._loaded: tuple[IntentModel, TextEncoder] | None = None

    async def understand(self, turn: str, vocabulary: SearchVocabulary | None) -> UnderstoodTurn:
        """Read a turn, in a thread.

        Args:
            turn: what was typed.
            vocabulary: names of the graph; None to link nothing.

        Raises:
            TrainingDataError: the file of the model cannot be read.
            MissingExtraError: a package of the encoder is not installed.
            DownloadError: the encoder cannot be fetched.
        """
        return await asyncio.to_thread(self._understand, turn, vocabulary)

    def _understand(self, turn: str, vocabulary: SearchVocabulary | None) -> UnderstoodTurn:
        with self._lock:
            loaded = self._loaded = self._loaded or self._load()
        return understand_turn(turn, *loaded, vocabulary)

    def _load(self) -> tuple[IntentModel, TextEncoder]:
        model = load_intents(self._file)
        name = model.card.encoder
        if isinstance(self._shared, LiveTextEncoder):
            return model, self._shared.named(name)
        return model, load_encoder(self._settings, name=name, threads=1)
