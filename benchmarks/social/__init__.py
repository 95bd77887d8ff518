"""Functional suites of social text: small files of posts with what their translations must hold, and pass rates."""
