"""Training of the second stage of the search from the shop's own log."""
