"""gunicorn's settings, for development and production alike; --bind says where."""

import gc
import os

import gunicorn.arbiter

wsgi_app = "rvss.wsgi"
bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the usual proxy keeps its idle connections, so that it is never we who hang up
max_requests = 20000
max_requests_jitter = 2000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn's own heartbeat file
accesslog = None
errorlog = "-"


def when_ready(server: gunicorn.arbiter.Arbiter) -> None:
    """What preloading made lives for ever: taken out of the collector's sight, requests pause less."""
    gc.collect()
    gc.freeze()
