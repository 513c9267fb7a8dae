"""GraphQL types, thin over the rows of `catalograph.store.api_queries`."""
