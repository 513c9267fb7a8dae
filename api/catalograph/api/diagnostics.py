"""What operators look at: checks of the server, slow statements, API keys, the last backup."""

from functools import partial

from catalograph.api.auth import Authenticator
from catalograph.api.metrics import Metrics, StatementFigures
from catalograph.settings import Settings
from catalograph.store.backup import BackupRecord, last_backup
from catalograph.store.managed_server import diagnose


class ServerDiagnostics:
    """Figures and checks of this server.

    Args:
        settings: settings of the server.
        metrics: its metrics.
        authenticator: authenticator of its callers.
    """

    def __init__(self, settings: Settings, metrics: Metrics, authenticator: Authenticator) -> None:
        self.metrics = metrics
        self.authenticator = authenticator
        self._settings = settings
        self.check = partial(diagnose, settings)

    @property
    def anonymous_scopes(self) -> frozenset[str]:
        """What callers without credentials may do."""
        return self.authenticator.anonymous.scopes

    def statements(self) -> list[StatementFigures]:
        """Return how long statements took, those with most time in all first."""
        return self.metrics.statement_figures()

    def last_backup(self) -> BackupRecord | None:
        """Return what was recorded of the last backup; None without one."""
        return last_backup(self._settings)
