"""What the API and the command line read from the graph."""
