"""HTTP: validation, routes, error shapes."""
