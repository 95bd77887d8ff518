"""The error tree. Every error has a stable code, a message without user text, and says whether a retry can help.

ServiceError
├── InvalidRequest            the request cannot be read or a field has a wrong value   (field)
│   ├── InvalidText           lone surrogate or undecodable bytes                        (field)
│   ├── UnsupportedLanguage   a code that is not English or Chinese                      (field)
│   └── UnsupportedDirection  source and target that no loaded engine serves             (field)
├── TextTooLong               over max_text_chars                                        (field, limit, actual)
├── TooManyItems              over max_items                                             (field, limit, actual)
├── PayloadTooLarge           body over max_body_bytes                                   (limit, actual)
├── Unauthorized              no API key, or a wrong one
├── NotFound / MethodNotAllowed / UnsupportedMediaType
├── RateLimited               a client over its own limit                                (limit, retry_after_s)
├── Overloaded                the queue is full                                          (retry_after_s)
├── DeadlineExceeded          not finished in time
├── NotReady                  models not loaded, or the engine is dead
└── EngineFailed              the engine raised for this very item
"""

from typing import ClassVar

__all__ = [
    "DeadlineExceeded", "EngineFailed", "InvalidRequest", "InvalidText", "MethodNotAllowed", "NotFound", "NotReady",
    "Overloaded", "PayloadTooLarge", "RateLimited", "ServiceError", "TextTooLong", "TooManyItems", "Unauthorized",
    "UnsupportedDirection", "UnsupportedLanguage", "UnsupportedMediaType",
]  # fmt: skip


class ServiceError(Exception):
    """Base of all errors the service raises on purpose."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        limit: int | None = None,
        actual: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.limit = limit
        self.actual = actual
        self.retry_after_s = retry_after_s


class InvalidRequest(ServiceError):
    code = "invalid_request"


class InvalidText(InvalidRequest):
    code = "invalid_text"


class UnsupportedLanguage(InvalidRequest):
    code = "unsupported_language"


class UnsupportedDirection(InvalidRequest):
    code = "unsupported_direction"


class TextTooLong(ServiceError):
    code = "text_too_long"


class TooManyItems(ServiceError):
    code = "too_many_items"


class PayloadTooLarge(ServiceError):
    code = "payload_too_large"


class Unauthorized(ServiceError):
    code = "unauthorized"


class NotFound(ServiceError):
    code = "not_found"


class MethodNotAllowed(ServiceError):
    code = "method_not_allowed"


class UnsupportedMediaType(ServiceError):
    code = "unsupported_media_type"


class RateLimited(ServiceError):
    code = "rate_limited"
    retryable = True


class Overloaded(ServiceError):
    code = "overloaded"
    retryable = True


class DeadlineExceeded(ServiceError):
    code = "deadline_exceeded"
    retryable = True


class NotReady(ServiceError):
    code = "not_ready"
    retryable = True


class EngineFailed(ServiceError):
    code = "engine_failed"
