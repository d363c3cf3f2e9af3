"""`make run`: the whole service on one machine, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from rvss.local import companies_house
from rvss.local.environment import LOCAL, ROOT, RUN, development
from rvss.local.front_end import copy_compiled
from rvss.local.packages import FONTS, SCANNER, TO_RUN, ensure
from rvss.local.problem import Problem
from rvss.local.processes import Child, Processes, wait_until_ready

Command = list[str | Path]
PROGRAMS = Path(sys.executable).parent
EDITION = "codeofpractice/editions/2018.yaml"
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO = ["seed_demo", "--if-empty", "--companies", "400", "--seed", "1"]


class Stopped(Exception):
    """A signal asked us to stop."""


def run() -> None:
    for number in STOPS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup keeps its meaning
            signal.signal(number, _stop)
    try:
        port = _port()
        ensure(TO_RUN, welcome=[SCANNER, *FONTS])
        _refuse_busy(port)
        copy_compiled()
        with development(port) as environment:
            _prepare(environment)
            _serve(environment, port)
    except Stopped:
        print("\nStopped. The data is kept in .local for the next run.")


def _stop(number: int, frame: FrameType | None) -> None:
    """Once: a second Ctrl-C must not cut short the orderly stop that the first one asked for."""
    for other in STOPS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


def _port() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Problem(f"PORT is {given!r}; it must be a number from 1 to 65535.")
    return int(given)


def _refuse_busy(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Problem(f"Port {port} is not allowed here: choose one, as in PORT=8001 make run") from None
        except OSError:
            raise Problem(
                f"Port {port} is in use: stop what uses it, or choose one: PORT=8001 make run"
            ) from None


def _prepare(environment: dict[str, str]) -> None:
    print("Preparing the database", flush=True)
    manage(environment, "migrate", "--verbosity", "0")
    manage(environment, "load_edition", EDITION)
    manage(environment, *DEMO)


def manage(environment: dict[str, str], *arguments: str) -> None:
    # In a session of its own, so that Ctrl-C reaches us alone and leaves no traceback of a command's.
    command: Command = [sys.executable, ROOT / "manage.py", *arguments]
    result = subprocess.run(command, cwd=ROOT, env=environment, start_new_session=True, check=False)
    if result.returncode:
        raise Problem(f"manage.py {' '.join(arguments)} failed; what it said stands above.")


def _serve(environment: dict[str, str], port: int) -> None:
    directory = RUN / "app"
    directory.mkdir(exist_ok=True)
    processes = Processes(directory)
    processes.end_leftovers()
    try:
        environment = {**environment, **_companies_house(processes, environment)}
        celery: Command = [PROGRAMS / "celery", "--app", "rvss"]
        schedule: Command = ["--schedule", LOCAL / "run" / "beat", "--pidfile", ""]
        worker: Command = ["worker", "--concurrency", "2", "--loglevel", "INFO"]
        processes.start("worker", [*celery, *worker], env=environment)
        processes.start("beat", [*celery, "beat", *schedule], env=environment)
        gunicorn: Command = [PROGRAMS / "gunicorn", "--config", "rvss/gunicorn.py"]
        web = processes.start("web", [*gunicorn, "--bind", f"127.0.0.1:{port}"], env=environment)
        _wait_until_the_page_answers(web, port)
        manage(environment, "demo_sign_ins")
        if not environment["CLAMD_SOCKET"]:
            print("Uploaded files wait, as there is no virus scanner here: install clamav-daemon.")
        if environment.get("COMPANIES_HOUSE_KEY") == companies_house.KEY:
            known = ", ".join(companies_house.COMPANIES)
            print(f"Companies House is a made-up one here. It knows the numbers {known}")
        print(f"What the parts write is in {directory.relative_to(ROOT)}/*.log")
        print(f"\nThe service is at http://127.0.0.1:{port}/ (Ctrl-C stops it)\n", flush=True)
        _watch(processes)
    finally:
        processes.stop_all()


def _companies_house(processes: Processes, environment: dict[str, str]) -> dict[str, str]:
    """The settings for a made-up Companies House, unless a developer has given a key to the real one."""
    if environment.get("COMPANIES_HOUSE_KEY"):
        return {}
    ready = processes.directory / "companies-house.address"
    ready.unlink(missing_ok=True)
    child = processes.start(
        "companies-house", [sys.executable, "-m", "rvss.local.companies_house", ready], env=environment
    )
    wait_until_ready(child, ready)
    return {"COMPANIES_HOUSE_URL": ready.read_text(), "COMPANIES_HOUSE_KEY": companies_house.KEY}


def _wait_until_the_page_answers(web: Child, port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        if web.popen.poll() is not None:
            raise Problem(f"The web server did not start: {web.last_line()} (see {web.log})")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        except OSError:
            status = 0
        finally:
            connection.close()
        if status == 200:
            return
        if time.monotonic() > deadline:
            raise Problem(f"The home page does not answer (status {status or 'none'}); see {web.log}")
        time.sleep(0.1)


def _watch(processes: Processes) -> None:
    while (dead := processes.dead()) is None:
        time.sleep(0.5)
    raise Problem(f"{dead.name} has stopped by itself: {dead.last_line()} (see {dead.log})")
