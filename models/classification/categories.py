"""The columns of every classifier's scores, in their order."""

__all__ = ["CATEGORIES", "LANGUAGES"]

# The same names in the same order as service.domain.Category, which this package may not import; a test compares them.
CATEGORIES = (
    "toxicity", "severe_toxicity", "insult", "threat", "identity_attack", "profanity", "sexual", "self_harm",
    "violence", "spam",
)  # fmt: skip
LANGUAGES = ("en", "zh")
