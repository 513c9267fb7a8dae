"""A TCP proxy in front of a server that cuts connections, as a network or a fail-over would."""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""`SO_LINGER` that makes `close` send RST instead of FIN."""


class CuttingProxy:
    """Forwards connections, until it is to cut them.

    Attributes:
        port: port that it listens on.
        cuts: number of connections cut so far.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.cuts = 0
        self._refusing = False
        self._swallow = 0
        self._seen = 0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset all connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            self._reset(pair)
        self.cuts += len(pairs)

    def refuse(self) -> None:
        """Reset all connections, and new ones at once, until `accept`."""
        self._refusing = True
        self.cut()

    def accept(self) -> None:
        """Forward connections again."""
        self._refusing = False

    @contextlib.contextmanager
    def swallowing_commits(self, every: int) -> Iterator[None]:
        """Reset the connection of every n-th COMMIT instead of forwarding its answer."""
        self._swallow = every
        yield
        self._swallow = 0

    @contextlib.contextmanager
    def cutting(self, seed: int, times: int, longest: float) -> Iterator[None]:
        """Reset all connections some times, at random moments.

        Args:
            seed: seed of the moments.
            times: number of moments; at each there is at least one connection.
            longest: seconds between two of them at most.
        """
        ended, rng = threading.Event(), random.Random(seed)

        def work() -> None:
            left = times
            while left and not ended.wait(rng.uniform(0.1, longest)):
                before = self.cuts
                self.cut()
                left -= self.cuts > before

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def close(self) -> None:
        """Stop listening and reset all connections."""
        self._refusing = True
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self._refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            pair = (client, server)
            with self._lock:
                self._pairs.add(pair)
            committing = threading.Event()
            for source, sink, asks in ((client, server, True), (server, client, False)):
                arguments = (pair, source, sink, committing, asks)
                threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        sink: socket.socket,
        committing: threading.Event,
        asks: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                # Bolt's COMMIT is a structure of no fields with the signature 0x12.
                if asks and self._swallow and data == b"\x00\x02\xb0\x12\x00\x00":
                    self._seen += 1
                    if self._seen % self._swallow == 0:
                        committing.set()
                elif not asks and committing.is_set():
                    break
                sink.sendall(data)
        with self._lock:
            cut = pair in self._pairs
            self._pairs.discard(pair)
        if cut and committing.is_set():
            self.cuts += 1
        self._reset(pair)

    @staticmethod
    def _reset(pair: tuple[socket.socket, socket.socket]) -> None:
        for end in pair:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                end.close()


@contextlib.contextmanager
def cutting_proxy(target: int) -> Iterator[CuttingProxy]:
    """Run a proxy in front of a port of this machine."""
    proxy = CuttingProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
