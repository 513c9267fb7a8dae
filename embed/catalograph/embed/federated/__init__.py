"""Several shops learn from the sum of their shoppers' counts, which none of them shows.

Each shop counts its shoppers by product and pair of products, on identifiers that the shops share
(`contribution`). The counts go through secure aggregation, so that the coordinator and the other
shops see the sum alone (`flower_server`, `flower_client`, `masks`); products can be matched without
telling which one sells (`blinding`). Each shop checks the sum (`gate`) and keeps it for its own
preference job, which adds it to the counts of its own shoppers.

Modules that start with `flower` need the extra `federate`, in an environment of its own.
"""
