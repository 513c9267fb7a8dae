"""Mutations, one module for each kind of thing that they write."""
