"""Other products' HTTP APIs, served by us."""
