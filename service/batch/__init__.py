"""Moderation and translation of files and data frames of any size, with the same pure functions as the service."""

from service.batch.frames import moderate_frame

__all__ = ["moderate_frame"]
