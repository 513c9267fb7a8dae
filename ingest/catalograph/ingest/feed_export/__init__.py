"""Product feeds for other companies' agents and shopping sites, from the graph."""

from collections.abc import Mapping

from catalograph.ingest.feed_export.acp import AcpFeed
from catalograph.ingest.feed_export.form import FeedForm, FeedReport, FeedSeller, write_feed
from catalograph.ingest.feed_export.google import GoogleFeed
from catalograph.ingest.feed_export.openai import OpenAiFeed

FORMS: Mapping[str, type[FeedForm]] = {"acp": AcpFeed, "google": GoogleFeed, "openai": OpenAiFeed}
"""Forms of feeds by their names."""

__all__ = ["FORMS", "FeedForm", "FeedReport", "FeedSeller", "write_feed"]
