"""A knowledge graph of the tech industry, built from news: every edge with its words."""

__version__ = "0.1.0"
