"""Asking for a page again and again over connections that stay open."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from dataclasses import dataclass

WARM_UP = 15
CONNECTIONS = 8


@dataclass(frozen=True)
class Page:
    name: str
    address: str
    cookie: str
    most: float | None  # how many floors it may cost, if that is agreed


@dataclass(frozen=True)
class Result:
    page: Page
    p50: float  # milliseconds
    p95: float
    rate: float  # answers a second over 8 connections
    size: int  # bytes


class Refused(Exception):
    """A page answered something else than 200."""


def ask(connection: http.client.HTTPConnection, page: Page) -> int:
    connection.request("GET", page.address, headers={"Cookie": page.cookie} if page.cookie else {})
    response = connection.getresponse()
    size = len(response.read())
    if response.status != 200:
        raise Refused(f"{page.address} answered {response.status}")
    return size


def measure(port: int, page: Page, requests: int) -> Result:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    size = [ask(connection, page) for _ in range(min(WARM_UP, requests))][-1]
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        ask(connection, page)
        times.append(1000 * (time.perf_counter() - started))
    connection.close()
    times.sort()
    p95 = times[min(int(len(times) * 0.95), len(times) - 1)]
    return Result(page, statistics.median(times), p95, _rate(port, page, requests), size)


def _rate(port: int, page: Page, requests: int) -> float:
    each = max(requests // CONNECTIONS, 1)
    failed: list[Exception] = []

    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for _ in range(each):
                ask(connection, page)
        except (OSError, Refused) as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return each * CONNECTIONS / (time.perf_counter() - started)


def seconds_to_read(port: int, page: Page) -> tuple[float, int]:
    """How long the whole answer takes to come, and its size in bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    started = time.perf_counter()
    size = ask(connection, page)
    connection.close()
    return time.perf_counter() - started, size
