"""Published models: two slots a kind, one live pointer, exports for training."""
