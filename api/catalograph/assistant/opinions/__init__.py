"""Opinions over time: trends of topics, rises above their own history, and terms on the rise."""
