"""What the service keeps between requests, where its operator lets it."""
