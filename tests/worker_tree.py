"""The processes behind `catalograph serve --workers`."""

import psutil


def worker_ids(supervisor: int) -> set[int]:
    """Return the ids of the running workers, ready or not, without multiprocessing's helper."""
    found = set()
    for child in psutil.Process(supervisor).children():
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
