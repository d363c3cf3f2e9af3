from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.test import Client

NAME = "rvss_fuzz_uploads"


class Command(BaseCommand):
    help = "Upload malformed files through the pages, the scanner and the reader, and count where they end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--files", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same files")

    def handle(self, *args: Any, **options: Any) -> None:
        # What makes the files is there on a developer's machine only.
        from rvss.bench.database import own_database
        from rvss.fuzz.run import another

        if connection.settings_dict["NAME"] == NAME:
            sys.exit(0 if self._run(options["files"], options["seed"]) else 1)
        command = [sys.executable, "manage.py", "fuzz_uploads"]
        with tempfile.TemporaryDirectory(prefix="rvss-fuzz-files-") as folder:
            environment = {
                **os.environ,
                "DATABASE_URL": own_database(NAME),
                "REDIS_URL": another(os.environ["REDIS_URL"], 10),
                "CACHE_URL": another(os.environ["CACHE_URL"], 11),
                "FILES_DIR": folder,
                "SECURE": "false",
                "LOG_LEVEL": "CRITICAL",
            }
            arguments = ["--files", str(options["files"]), "--seed", str(options["seed"])]
            sys.exit(subprocess.run([*command, *arguments], env=environment, check=False).returncode)

    def _run(self, count: int, seed: int) -> bool:
        from rvss.fuzz.uploads.campaign import run
        from rvss.fuzz.uploads.draft import own_draft
        from rvss.fuzz.uploads.generate import generate
        from rvss.fuzz.uploads.pipeline import Pipeline

        call_command("migrate", verbosity=0)
        owner, number = own_draft()
        client = Client(HTTP_HOST="localhost")
        client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
        began = time.perf_counter()
        report = run(Pipeline(client, number), generate(count, seed), self.stdout.write)
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(f"{time.perf_counter() - began:,.0f} s")
        return report.is_good
