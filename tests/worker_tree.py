"""The processes behind `catalograph serve --workers`."""

import psutil


def worker_ids(supervisor: int) -> set[int]:
    """Ids of the workers that run, ready or not; spawning leaves a helper beside them."""
    found = set()
    for child in psutil.Process(supervisor).children():
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
