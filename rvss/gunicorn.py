"""gunicorn's settings, for development and production alike; --bind says where."""

import gc
import os

import gunicorn.arbiter

from rvss.log import logging_config

wsgi_app = "rvss.wsgi"
bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Threads take the waiting out of a slow upload, which would otherwise hold a whole worker.
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the usual proxy keeps its idle connections, so that it is never we who hang up
max_requests = 20000
max_requests_jitter = 2000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn's own heartbeat file
# With a proxy in front nothing else can reach us.
forwarded_allow_ips = "*" if int(os.environ.get("TRUSTED_PROXY_COUNT") or 0) else "127.0.0.1"
limit_request_line = 8190
control_socket_disable = True  # nobody commands a server that runs; its file would need a place to write to
accesslog = None  # RequestLog writes a line for each request
errorlog = "-"
development = os.environ.get("DEBUG", "").lower() in ("true", "1", "yes", "on")
logconfig_dict = logging_config(
    os.environ.get("LOG_FORMAT") or ("plain" if development else "json"), os.environ.get("LOG_LEVEL", "INFO")
)


def when_ready(server: gunicorn.arbiter.Arbiter) -> None:
    """What preloading made lives for ever: taken out of the collector's sight, requests pause less."""
    from django.urls import get_resolver

    # Django would load every view at the first request of each worker; here it is done once and shared.
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
