"""Mutations, one module for each thing that they write."""
