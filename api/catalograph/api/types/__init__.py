"""GraphQL types, thin over the rows of `catalograph.store.queries.api_queries`."""
