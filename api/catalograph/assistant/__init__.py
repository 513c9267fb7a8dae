"""What a shopper means: readings of search words, later of conversations."""
