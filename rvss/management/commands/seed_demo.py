from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from applications.models import Company
from codeofpractice.models import Edition
from reviews.services import take_snapshot
from rvss.seeding import draw_current_round, make_retention_report, make_reviews, seed_scheme


class Command(BaseCommand):
    help = "Fill the database with made-up companies. The same seed, number and day give the same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--companies", type=int, default=400)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            help="last day of the 18 months (2026-03-31); today if not given",
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a company")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["companies"] < 1:
            raise CommandError("--companies must be 1 or more")
        if options["if_empty"] and Company.objects.exists():
            self.stdout.write("There are companies already, so no demo data was made.")
            return
        edition = Edition.objects.published().filter(rental_models=[]).order_by("published_on").first()
        if edition is None:
            raise CommandError(
                "Load an edition first, one for all rental models: "
                "manage.py load_edition codeofpractice/editions/2018.yaml"
            )
        until = options["until"] or timezone.localdate()
        counts = seed_scheme(
            companies=options["companies"],
            seed=options["seed"],
            until=timezone.make_aware(datetime.combine(until, time.min)),
            edition=edition,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        draw_current_round(seed=f"demo {options['seed']}")
        take_snapshot(even_if_fresh=True)
        make_retention_report()
        make_reviews(until)
        self.stdout.write(
            f"{counts.companies:,} companies, {counts.members:,} members, {counts.plans:,} plans, "
            f"{counts.checks:,} checks and {counts.events:,} entries of the record"
        )
