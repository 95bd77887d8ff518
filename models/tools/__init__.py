"""Fetch, convert and check models."""
