"""Subscriptions over graphql-transport-ws: watched topics, subscribers, and the web socket."""
