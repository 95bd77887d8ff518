"""The Perspective API described in Google's discovery format, which Google's client libraries build themselves from.

The usual client code names the address of this document and nothing else, so that changing it is all a move takes; and
the original goes away together with the service. Format: https://developers.google.com/discovery/v1/reference/apis
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["discovery_document"]

_TEXT = {"type": "string"}
_NUMBER = {"type": "number", "format": "float"}
_INTEGER = {"type": "integer", "format": "int32"}
_FLAG = {"type": "boolean"}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": name}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _map(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


_COMMON = {
    "comment": _ref("TextEntry"),
    "context": _ref("Context"),
    "languages": _list(_TEXT),
    "clientToken": _TEXT,
    "communityId": _TEXT,
    "sessionId": _TEXT,
}
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "TextEntry": {"text": _TEXT, "type": _TEXT},
    "ArticleAndParentComment": {
        "article": _ref("TextEntry"),
        "parentComment": _ref("TextEntry"),
    },
    "Context": {
        "entries": _list(_ref("TextEntry")),
        "articleAndParentComment": _ref("ArticleAndParentComment"),
    },
    "AttributeParameters": {"scoreType": _TEXT, "scoreThreshold": _NUMBER},
    "Score": {"value": _NUMBER, "type": _TEXT},
    "SpanScore": {"begin": _INTEGER, "end": _INTEGER, "score": _ref("Score")},
    "AttributeScores": {"summaryScore": _ref("Score"), "spanScores": _list(_ref("SpanScore"))},
    "AnalyzeCommentRequest": {
        **_COMMON,
        "requestedAttributes": _map(_ref("AttributeParameters")),
        "spanAnnotations": _FLAG,
        "doNotStore": _FLAG,
        "dropUnsupportedAttributes": _FLAG,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _map(_ref("AttributeScores")),
        "languages": _list(_TEXT),
        "detectedLanguages": _list(_TEXT),
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreRequest": {
        **_COMMON,
        "attributeScores": _map(_ref("AttributeScores")),
    },
    "SuggestCommentScoreResponse": {
        "clientToken": _TEXT,
        "detectedLanguages": _list(_TEXT),
        "requestedLanguages": _list(_TEXT),
    },
}
_PARAMETERS = {
    "alt": ("Format of the answer; only json is served.", _TEXT),
    "fields": ("Ignored: answers are complete.", _TEXT),
    "key": ("API key, where keys are set.", _TEXT),
    "prettyPrint": ("Ignored: answers are compact.", _FLAG),
    "quotaUser": ("Ignored: limits count keys and addresses.", _TEXT),
}


def discovery_document(root_url: str) -> dict[str, Any]:
    """The document of a service at ``root_url``, which ends with a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "title": "Perspective Comment Analyzer API, as served by Magpie",
        "protocol": "rest",
        "rootUrl": root_url,
        "baseUrl": root_url,
        "servicePath": "",
        "basePath": "",
        "batchPath": "batch",
        "parameters": {
            name: {**kind, "description": meaning, "location": "query"}
            for name, (meaning, kind) in _PARAMETERS.items()
        },
        "schemas": {
            name: {"id": name, "type": "object", "properties": properties}
            for name, properties in _SCHEMAS.items()
        },
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment"),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore"),
                }
            }
        },
    }


def _method(name: str, message: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": _ref(f"{message}Request"),
        "response": _ref(f"{message}Response"),
    }
