"""Everything that knows weights. Imports nothing from ``service``."""
