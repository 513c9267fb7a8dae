"""Generated from the SDL and the documents by `make clients`."""
