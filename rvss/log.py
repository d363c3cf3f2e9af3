"""What is logged, and how: one JSON object a line in production, without personal data.

Standard library only: gunicorn reads this before there is a Django.
"""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

# An error of the database may quote the row; addresses of one-time links hold their key.
EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
KEY = re.compile(r"(/(?:confirm-email|reset/key)/)[^/\s?]+")


def without_personal_data(text: str) -> str:
    return KEY.sub(r"\1[key]", EMAIL.sub("[email]", text))


class Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))


class JsonLines(logging.Formatter):
    """Fields: at (UTC), level, logger, message, request, error, and what `extra={"fields": {...}}` gives."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["request"] = current
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return without_personal_data(json.dumps(line, ensure_ascii=False, default=str))


def logging_config(style: str, level: str) -> dict[str, Any]:
    """For logging.config.dictConfig; `style` is json or plain."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "rvss.log.JsonLines"},
            "plain": {"()": "rvss.log.Plain", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django gives this one a handler of its own in development; everything goes one way.
            "django": {"handlers": [], "propagate": True},
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
            # It tells of every step of every page that it prints.
            "weasyprint": {"level": "WARNING"},
            # It tells, for each word of each chart, of a font that only readers of the picture need.
            "matplotlib.font_manager": {"level": "ERROR"},
        },
    }
