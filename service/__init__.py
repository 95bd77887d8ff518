"""Magpie: a self-hosted English-Chinese translation and moderation service."""

__version__ = "0.1.0"
