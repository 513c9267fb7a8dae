"""Distributed processes, as started by torchrun; otherwise a single process."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch import distributed as dist


@contextmanager
def process_group(device: torch.device) -> Iterator[tuple[int, int]]:
    """Join the processes of torchrun; yield this process's number, and the number of processes.

    A group that the caller already made is used, and stays open.
    """
    mine = not (dist.is_available() and dist.is_initialized())
    if mine and not (dist.is_available() and dist.is_torchelastic_launched()):
        yield 0, 1
        return
    if mine:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield dist.get_rank(), dist.get_world_size()
    finally:
        if mine:
            dist.destroy_process_group()


def is_first() -> bool:
    """Return whether this process is the one of the group that writes files and prints."""
    return not (dist.is_available() and dist.is_initialized()) or dist.get_rank() == 0


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


def choose_device(name: str) -> torch.device:
    """Return the device: `cpu`, `cuda`, or `auto`, CUDA if available; one GPU per process."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and dist.is_available() and dist.is_torchelastic_launched():
        torch.cuda.set_device(dist.get_node_local_rank())
    return torch.device(name)
