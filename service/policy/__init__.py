"""Moderation rules as data: lexicons, policies, and the pure function that applies a policy to facts."""
