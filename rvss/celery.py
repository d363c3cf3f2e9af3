"""The Celery application; its settings are the CELERY_* ones of rvss/settings.py."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rvss.settings")

app = Celery("rvss")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**kwargs: object) -> None:
    """Celery sets up a log of its own unless somebody answers here; LOGGING in the settings serves."""
