"""Distributed processes, as started by torchrun; otherwise a single process.

In a job the first process leads: it alone reads the graph and writes, and hands out the trainings
that the others take part in (`hand_out`); these wait for them (`receive`).
"""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from catalograph.errors import LostProcessError

_PATIENCE = timedelta(days=7)
"""How long the others wait for a training: as long as the first process reads, ranks or writes."""
_LOST = ("gloo", "nccl", "connection closed", "connection reset", "broken pipe")
"""Words in the errors of torch for a process that is gone."""

_orders: "dist.ProcessGroup | None" = None
"""The group by which trainings are handed out, for the length of `join_processes`."""


@contextmanager
def process_group(device: torch.device) -> Iterator[tuple[int, int]]:
    """Join the processes of torchrun; yield this process's number, and the number of processes.

    A group that the caller already made is used, and stays open.

    Raises:
        LostProcessError: another process is gone.
    """
    mine = not (dist.is_available() and dist.is_initialized())
    if mine and not (dist.is_available() and dist.is_torchelastic_launched()):
        yield 0, 1
        return
    with _tell_lost():
        if mine:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield dist.get_rank(), dist.get_world_size()
        finally:
            if mine:
                dist.destroy_process_group()


@contextmanager
def join_processes(device: str) -> Iterator[bool]:
    """Join the processes of torchrun for a whole command; yield whether this one leads.

    Args:
        device: `cpu`, `cuda`, or `auto`.

    Raises:
        LostProcessError: another process is gone, or torchrun ends this one since another is.
    """
    global _orders
    with _end_in_order(), process_group(choose_device(device)) as (rank, count):
        if count > 1:
            _orders = dist.new_group(backend="gloo", timeout=_PATIENCE)
        try:
            yield rank == 0
        finally:
            if rank == 0:
                # One that is gone cannot be dismissed; what was to be written is written.
                with suppress(RuntimeError):
                    _send(None)
            _orders = None


def hand_out(training: str, given: Any) -> None:
    """Let the other processes take part in a training that this one is about to begin.

    Args:
        training: name of the training, see `catalograph.embed.followers`.
        given: everything that it needs.

    Raises:
        LostProcessError: another process is gone.
    """
    with _tell_lost():
        _send((training, given))


def receive() -> tuple[str, Any] | None:
    """Return the next training that the first process hands out; None if it needs no more."""
    told: list[Any] = [None]
    dist.broadcast_object_list(told, 0, group=_orders)
    found: tuple[str, Any] | None = told[0]
    return found


def is_first() -> bool:
    """Return whether this process is the one of the group that writes files and prints."""
    return not (dist.is_available() and dist.is_initialized()) or dist.get_rank() == 0


def share_of_work() -> tuple[int, int]:
    """Return this process's number, and the number of processes."""
    if not (dist.is_available() and dist.is_initialized()):
        return 0, 1
    return dist.get_rank(), dist.get_world_size()


def wait_for_all() -> None:
    """Wait until all processes of the group are here."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()


def broadcast_first(value: float, device: torch.device) -> float:
    """Return the first process's value, so that all processes take the same branch."""
    if not (dist.is_available() and dist.is_initialized()):
        return value
    told: Tensor = torch.tensor([value], dtype=torch.float64, device=device)
    dist.broadcast(told, 0)
    return float(told.item())


def broadcast_state(state: Any) -> Any:
    """Return what the first process has read, so that only its files count."""
    if not (dist.is_available() and dist.is_initialized()):
        return state
    told: list[Any] = [state]
    dist.broadcast_object_list(told, 0)
    return told[0]


def broadcast_weights(parameters: Iterable[Tensor]) -> None:
    """Give all processes the first one's weights, in place."""
    if dist.is_available() and dist.is_initialized():
        for one in parameters:
            dist.broadcast(one.detach(), 0)


def add_up_gradients(parameters: Iterable[Tensor], loss: Tensor) -> float:
    """Add up the gradients of all processes in place; return the sum of their losses.

    Args:
        parameters: parameters in the same order in each process; a missing gradient is zero.
        loss: this process's share of the loss, a scalar.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return float(loss.detach())
    trained = list(parameters)
    for one in trained:
        if one.grad is None:
            one.grad = torch.zeros_like(one)
    parts = [one.grad for one in trained if one.grad is not None]
    flat = torch.cat([part.float().flatten() for part in (*parts, loss.detach())])
    dist.all_reduce(flat)
    sizes = [part.numel() for part in parts]
    for part, summed in zip(parts, torch.split(flat[:-1], sizes), strict=True):
        part.copy_(summed.view_as(part))
    return float(flat[-1])


def choose_device(name: str) -> torch.device:
    """Return the device: `cpu`, `cuda`, or `auto`, CUDA if available; one GPU per process."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and dist.is_available() and dist.is_torchelastic_launched():
        torch.cuda.set_device(dist.get_node_local_rank())
    return torch.device(name)


def _send(order: tuple[str, Any] | None) -> None:
    if _orders is not None and is_first():
        dist.broadcast_object_list([order], 0, group=_orders)


@contextmanager
def _tell_lost() -> Iterator[None]:
    """Raise what torch reports of a process that is gone as an error of this project."""
    try:
        yield
    except RuntimeError as exc:
        said = str(exc)
        if not any(word in said.casefold() for word in _LOST):
            raise
        # torchrun ends the processes of a host where one was lost; this one says why first.
        with suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise LostProcessError(
            "Another process of this training is gone; its own output says why. Nothing was "
            f"published. Start the same command again on all hosts. ({said.splitlines()[0]})"
        ) from exc


@contextmanager
def _end_in_order() -> Iterator[None]:
    """Raise an error when torchrun ends this process, so that the run is recorded as failed."""

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise LostProcessError(
            "torchrun ended this process, as it does when another one of its host is gone. Nothing "
            "was published. Start the same command again on all hosts."
        )

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
