"""The review queue: questions to people about what machines propose, and what decisions change.

Kinds of questions are listed in one registry, `kinds.REVIEW_KINDS`.
"""
