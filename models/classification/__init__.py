"""Text classifiers behind the seam of ``models.interfaces``."""
