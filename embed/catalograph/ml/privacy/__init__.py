"""Differential privacy for released statistics: accounting, noise, and counts of products.

Only this package imports opendp and dp_accounting, each where it is called.
"""
