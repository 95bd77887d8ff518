"""Slang and platform terms of both languages: data files, their loader, and who finds them in a text."""
