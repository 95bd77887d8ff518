"""How the bundled weights are made: one command a step, resumable."""
