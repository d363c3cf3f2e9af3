"""The Celery application; its settings are the CELERY_* ones of rvss/settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rvss.settings")

app = Celery("rvss")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
