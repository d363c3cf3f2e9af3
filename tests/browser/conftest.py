"""A real Chromium, the service on a live address, and a Celery worker on the same database."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Error, Page

from accounts.models import User
from rvss.celery import app
from rvss.local.packages import find_chromium
from tests.signing_in import client_for

# Playwright's event loop makes Django believe that tests run in async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = find_chromium()
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The elements of a page with their attributes; of words only whether there are any. Numbers do not count, nor
# how often what is built alike stands one after another: rules about labels and about one identifier twice
# rest on these, so whether every identifier is the only one, and every reference meets one, is said beside.
STRUCTURE = """() => {
    const said = new Set(["value", "href", "src", "action", "content", "nonce", "title", "alt", "aria-label",
                          "datetime", "data-autosave", "download"]);
    const references = ["for", "aria-describedby", "aria-labelledby", "aria-controls"];
    const plain = (value) => value.replace(/[0-9]+/g, "0");
    const attribute = ({name, value}) => name + "=" + (said.has(name) ? Boolean(value.trim()) : plain(value));
    const write = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? "t" : "";
        if (node.nodeType !== Node.ELEMENT_NODE) return "";
        const attributes = [...node.attributes].map(attribute).sort().join(" ");
        const children = [...node.childNodes].map(write).filter(Boolean);
        const once = children.filter((child, place) => child !== children[place - 1]);
        return `<${node.localName} ${attributes}>${once.join("")}</>`;
    };
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    const meets = references.every((name) => [...document.querySelectorAll(`[${name}]`)].every(
        (node) => node.getAttribute(name).split(/\\s+/).filter(Boolean).every((id) => ids.includes(id))));
    const sound = new Set(ids).size === ids.length && meets;
    return document.title.trim() && sound ? write(document.documentElement) : "unsound " + location.href;
}"""
FOUND_GOOD: set[bytes] = set()
QUEUE = app.conf.task_default_queue
ANSWERED: dict[str, Any] = {"reply": True, "timeout": 10, "limit": 1}
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 720}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser at a time: two cores carry Chromium, the service and a worker."""
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    assert CHROMIUM, "Chromium is missing: install the package chromium-headless-shell"
    return {"executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture(scope="session")
def worker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worker")
    for name in ("mail", "files"):
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="package")
def worker_process(django_db_setup: None, worker_folder: Path) -> Iterator[None]:
    """A Celery worker in a process of its own, on the test database; it ends with the last test here."""
    log = (worker_folder / "worker.log").open("w+")
    options = ["--pool", "threads", "-c", "2", "-l", "INFO"]
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "rvss", "worker", *options],
        env=os.environ
        | {
            # Not the tests' own settings: those would move on to other databases of Redis.
            "DJANGO_SETTINGS_MODULE": "rvss.settings",
            "DATABASE_URL": database_url(),
            "EMAIL_SPOOL_DIR": str(worker_folder / "mail"),
            "FILES_DIR": str(worker_folder / "files"),
        },
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for(lambda: " ready." in Path(log.name).read_text(), "the worker to start", seconds=60)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


@pytest.fixture
def mail_dir(worker_folder: Path) -> Path:
    """Where the worker puts mail; there is none when a test begins."""
    folder = worker_folder / "mail"
    for mail in folder.iterdir():
        mail.unlink()
    return folder


@pytest.fixture
def worker(
    transactional_db: None, worker_process: None, worker_folder: Path, mail_dir: Path, settings: Any
) -> Iterator[None]:
    """The worker, with the test's files where it looks for them, and nothing left to do at the end.

    It takes messages of these tests only. Of others it would do what they mean to do, or to break off.
    """
    settings.FILES_DIR = str(worker_folder / "files")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.FILES_DIR, "base_url": None},
        },
    }
    app.control.purge()
    assert app.control.add_consumer(QUEUE, **ANSWERED), "the worker does not answer"
    yield
    wait_for(_is_idle, "the worker to finish")
    assert app.control.cancel_consumer(QUEUE, **ANSWERED), "the worker does not answer"


def _is_idle() -> bool:
    with app.connection_for_read() as queues:
        waiting = queues.default_channel.client.llen(QUEUE)
    asked = app.control.inspect(timeout=5, limit=1)
    at_work = [asked.active() or {"nobody": ["answered"]}, asked.reserved() or {}]
    return not waiting and not any(tasks for answer in at_work for tasks in answer.values())


def database_url() -> str:
    """The address of the test database, for another process."""
    from urllib.parse import quote, urlencode

    values = connection.settings_dict
    login = quote(str(values["USER"])) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    host = str(values["HOST"])
    if host.startswith("/"):
        return f"postgresql://{login}@/{values['NAME']}?{urlencode({'host': host})}"
    return f"postgresql://{login}@{host}:{values['PORT']}/{values['NAME']}"


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true answer of condition, or a failure that names what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.1)
    pytest.fail(f"waited {seconds} s for {what}")


def _is_revealing_radio(rule: str, node: dict[str, Any]) -> bool:
    """The design system marks radios that reveal more with aria-expanded, which axe allows elsewhere only."""
    return (
        rule == "aria-allowed-attr" and "govuk-radios__input" in node["html"] and "expanded" in node["html"]
    )


class Person:
    """Somebody at a browser: signs in, and every page they meet is checked with axe."""

    def __init__(self, context: BrowserContext, address: str, *, check_pages: bool = True) -> None:
        self.context = context
        self.address = address
        self.page: Page = context.new_page()
        self.check_pages = check_pages
        self.problems: list[str] = []
        self.visited: set[str] = set()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.problems.append(f"console: {message.text} on {self.page.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} at {response.url}")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}" if path.startswith("/") else path)
        self.check()
        return self.page

    def click(self, name: str, *, role: str = "button") -> Page:
        """Press what is called so; then look at the page that comes."""
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.check()
        return self.page

    def check(self) -> None:
        """axe's WCAG 2.2 AA rules on the page as it stands, and its good habits.

        But one: the design system puts the back link before the main landmark on purpose.
        A page that differs only in its words and numbers from one that was found good is not looked at again.
        """
        if not self.check_pages:
            return
        self.visited.add(self.page.url)
        self.keep_picture()
        structure = self._structure()
        if structure in FOUND_GOOD:
            return
        problems_before = len(self.problems)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        options = {
            "runOnly": tags,
            "rules": {"region": {"enabled": False}},
            "resultTypes": ["violations"],  # what passed need not be told in full
            "preload": False,  # only rules about sound and video, of which there is none, look into files
        }
        for violation in self._run_axe(options):
            nodes = [node for node in violation["nodes"] if not _is_revealing_radio(violation["id"], node)]
            if not nodes:
                continue
            targets = "; ".join(str(node["target"]) for node in nodes[:3])
            self.problems.append(f"axe {violation['id']} at {self.page.url}: {targets}")
        if len(self.problems) == problems_before:
            FOUND_GOOD.add(structure)

    def _run_axe(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        """What it found. A page that shows progress loads itself again: then it looks at what came."""
        try:
            found = Axe().run(self.page, options=options)
        except Error:
            self.page.wait_for_load_state()
            found = Axe().run(self.page, options=options)
        violations: list[dict[str, Any]] = found.response["violations"]
        return violations

    def _structure(self) -> bytes:
        """A digest of everything that axe's rules look at, at this width."""
        viewport = self.page.viewport_size
        assert viewport is not None
        written = f"{viewport['width']} {self.page.evaluate(STRUCTURE)}"
        return hashlib.sha256(written.encode()).digest()

    def keep_picture(self) -> None:
        """With SCREENSHOTS_DIR set, a picture of each page as it was, for people to look at."""
        if folder := os.environ.get("SCREENSHOTS_DIR"):
            path = Path(folder) / f"{len(list(Path(folder).iterdir())):03}.png"
            self.page.screenshot(path=path, full_page=True)

    def another_tab(self) -> Person:
        """The same person at the same browser; what goes wrong in the tab is theirs too."""
        tab = Person(self.context, self.address, check_pages=self.check_pages)
        tab.problems = self.problems
        return tab

    def enter_as(self, user: User) -> None:
        """Signed in without the pages for it, which other tests walk through."""
        session = client_for(user).cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.address}]
        )

    def sign_in(self, email: str, password: str = "correct horse battery") -> Page:
        self.open("/accounts/sign-in/")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        return self.click("Sign in")


@pytest.fixture
def someone(browser: Browser, live_server: Any) -> Iterator[Callable[..., Person]]:
    """Make people with browsers of their own; at the end none of them met a problem."""
    people: list[Person] = []

    def make(*, phone: bool = False, scripts: bool = True, check_pages: bool = True) -> Person:
        context = browser.new_context(viewport=PHONE if phone else DESKTOP, java_script_enabled=scripts)
        context.set_default_timeout(15_000)
        # axe itself needs scripts.
        people.append(Person(context, live_server.url, check_pages=check_pages and scripts))
        return people[-1]

    yield make
    problems = [problem for person in people for problem in person.problems]
    for person in people:
        person.context.close()
    assert problems == []
