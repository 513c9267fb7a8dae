"""Language models of a shop's own: continued pre-training and instruction tuning by adapters.

`training` trains and stores them, `generation` lets them answer, `rows` reads what they learn from.
"""
