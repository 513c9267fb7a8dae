"""Records, their assertions and runs: write, change, withdraw, roll back, erase."""
