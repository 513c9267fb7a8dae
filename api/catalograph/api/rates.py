"""Rate limits: counted in cost, and shared by the workers of a machine."""

import asyncio
import math
import sqlite3
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import SlidingWindowCounterRateLimiter

from catalograph.errors import ConfigError, MissingExtraError, RateLimitedError
from catalograph.settings import Settings

_BUSY_SECONDS = 1.0
"""Maximum time that SQLite waits for the lock of another process."""
_REDIS_SECONDS = 1.0
"""Timeout to connect to a Redis, and to wait for its answer; the library has none."""
_SWEEP_SECONDS = 60.0


class SqliteStorage(Storage, SlidingWindowCounterSupport):
    """A storage of the library limits in one file, for processes of one machine.

    The library's own storages are either for one process or need another server. A count is changed
    in one transaction, so no process sees a half-done change of another.
    """

    STORAGE_SCHEME = ["catalograph-sqlite"]  # noqa: RUF012 - the library's own attribute

    def __init__(self, path: Path) -> None:
        super().__init__(wrap_exceptions=True)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._swept = time.time()
        self._db = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # Counts may be lost in a power failure, as their minute is over after a restart.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS counts "
            "(key TEXT PRIMARY KEY, used INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID"
        )

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Errors of SQLite."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Increase a count; start again at zero when the window is over."""
        now = time.time()
        with self._lock:
            [(used,)] = self._db.execute(
                "INSERT INTO counts VALUES (:key, :amount, :ends) ON CONFLICT (key) DO UPDATE SET "
                "used = iif(ends <= :now, 0, used) + :amount, "
                "ends = iif(ends <= :now, :ends, ends) RETURNING used",
                {"key": key, "amount": amount, "ends": now + expiry, "now": now},
            ).fetchall()
        self._sweep(now)
        return int(used)

    def get(self, key: str) -> int:
        """Return a count."""
        return self._read_used(key, time.time())

    def get_expiry(self, key: str) -> float:
        """Return the time when a count expires."""
        row = self._db.execute("SELECT ends FROM counts WHERE key = ?", (key,)).fetchone()
        return time.time() if row is None else float(row[0])

    def check(self) -> bool:
        """Return whether the file can be read."""
        try:
            self._db.execute("SELECT 1 FROM counts LIMIT 1").fetchall()
        except sqlite3.Error:
            return False
        return True

    def reset(self) -> int | None:
        """Delete all counts."""
        with self._lock:
            return self._db.execute("DELETE FROM counts").rowcount

    def clear(self, key: str) -> None:
        """Delete a count."""
        with self._lock:
            self._db.execute("DELETE FROM counts WHERE key = ?", (key,))

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Increase the count of this window if it and the weighted window before leave room."""
        now = time.time()
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                before, left, used, _ = self._windows(key, expiry, now)
                if before * left / expiry + used + amount > limit:
                    return False
                # A count lives for two windows, as it also weighs in the one after its own.
                self._db.execute(
                    "INSERT INTO counts VALUES (?, ?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET used = used + excluded.used",
                    (_window(key, expiry, now), amount, (now // expiry + 2) * expiry),
                )
            finally:
                self._db.execute("COMMIT")
        self._sweep(now)
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return count and seconds left of the window before, and of this one."""
        return self._windows(key, expiry, time.time())

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Delete this window and the one before."""
        now = time.time()
        self.clear(_window(key, expiry, now))
        self.clear(_window(key, expiry, now - expiry))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _windows(self, key: str, expiry: int, now: float) -> tuple[int, float, int, float]:
        left = expiry - now % expiry
        before = self._read_used(_window(key, expiry, now - expiry), now)
        return before, left, self._read_used(_window(key, expiry, now), now), left + expiry

    def _read_used(self, key: str, now: float) -> int:
        row = self._db.execute(
            "SELECT used FROM counts WHERE key = ? AND ends > ?", (key, now)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _sweep(self, now: float) -> None:
        """Delete expired counts, at most once in a while."""
        if now - self._swept > _SWEEP_SECONDS:
            self._swept = now
            with self._lock:
                self._db.execute("DELETE FROM counts WHERE ends <= ?", (now,))


def _window(key: str, expiry: int, at: float) -> str:
    return f"{key}/{int(at // expiry)}"


class RateLimits:
    """Charges callers for the cost of their operations.

    Args:
        item: cost per time.
        storage: storage of the counts.
    """

    def __init__(self, item: RateLimitItem, storage: Storage) -> None:
        self._item = item
        self._storage = storage
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def charge(self, subject: str, cost: int) -> int:
        """Charge a caller.

        Returns:
            The remaining cost.

        Raises:
            RateLimitedError: the cost exceeds the remaining one; nothing is charged.
        """
        if isinstance(self._storage, SqliteStorage):
            return self._charge(subject, cost)  # takes some 50 µs, as long as a switch to a thread
        return await asyncio.to_thread(self._charge, subject, cost)

    def _charge(self, subject: str, cost: int) -> int:
        try:
            allowed = self._limiter.hit(self._item, subject, cost=cost)
            before, left_before, used, left = self._windows(subject)
        except StorageError as exc:
            # Fail closed: without counts there would be no limit.
            raise RateLimitedError("Requests cannot be counted at the moment.", 1) from exc
        expiry = self._item.get_expiry()
        rest = self._item.amount - math.ceil(before * left_before / expiry) - used
        if allowed:
            return max(rest, 0)
        wait = _wait(self._item.amount - cost, before, left_before, used, left, expiry)
        raise RateLimitedError(
            f"This request costs {cost:,}; {max(rest, 0):,} of {self._item.amount:,} in "
            f"{expiry:,} s are left. Try again in {wait} s.",
            wait,
        )

    def _windows(self, subject: str) -> tuple[int, float, int, float]:
        key = self._item.key_for(subject)
        storage = self._storage
        assert isinstance(storage, SlidingWindowCounterSupport)  # noqa: S101 - checked when made
        return storage.get_sliding_window(key, self._item.get_expiry())

    def close(self) -> None:
        """Close the storage."""
        if isinstance(self._storage, SqliteStorage):
            self._storage.close()


def _wait(room: int, before: int, left_before: float, used: int, left: float, expiry: int) -> int:
    """Return the seconds until the weighted windows leave room.

    The weight of a window falls evenly to zero while the next one lasts.
    """
    if used <= room:
        return max(math.ceil(left_before - expiry * (room - used) / max(before, 1)), 1)
    share = max(room, 0) / max(used, 1)
    return max(math.ceil(left_before + expiry * (1 - share)), 1)


def open_rates(settings: Settings) -> RateLimits | None:
    """Open the rate limits of the settings; None for no limit.

    Raises:
        ConfigError: the rate or the storage is wrong.
        MissingExtraError: it is a Redis, and the extra `redis` is not installed.
    """
    rate = settings.api.rate_in_force
    if rate is None:
        return None
    try:
        item = parse(rate)
        if settings.api.rate_storage is None:
            storage: Storage = SqliteStorage(settings.home / "rates.sqlite")
        else:
            found = _open_shared_storage(settings.api.rate_storage)
            if not isinstance(found, Storage) or not isinstance(found, SlidingWindowCounterSupport):
                raise ConfigError("CATALOGRAPH_API__RATE_STORAGE cannot count sliding windows.")
            storage = found
    except (ValueError, ConfigurationError, sqlite3.Error) as exc:
        raise ConfigError(
            f"CATALOGRAPH_API__RATE '{rate}' or CATALOGRAPH_API__RATE_STORAGE is wrong: {exc}. "
            "A rate is written like 60000/minute."
        ) from exc
    return RateLimits(item, storage)


def _open_shared_storage(uri: str) -> object:
    options: dict[str, float] = {}
    if uri.startswith("redis"):
        if find_spec("redis") is None:
            raise MissingExtraError("redis", "redis")
        options = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
    # Wrapped, so that an unreachable Redis is a StorageError, like a locked file.
    return storage_from_string(uri, wrap_exceptions=True, **options)
