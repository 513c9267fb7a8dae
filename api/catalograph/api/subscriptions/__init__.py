"""Subscriptions over graphql-transport-ws: what is watched, by whom, and the web socket."""
