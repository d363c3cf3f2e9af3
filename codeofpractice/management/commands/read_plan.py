"""`manage.py read_plan FILE --edition 2018 --json`: what we read in a plan. Nothing is saved."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import magic
from django.core.management.base import BaseCommand, CommandError

from codeofpractice.models import Edition
from codeofpractice.reading.extract import ReadingRefused, read_document
from codeofpractice.reading.rank import PointSpec, Reading, as_json, suggest


class Command(BaseCommand):
    help = "Read a security plan and suggest which passages speak to which point of an edition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", default="2018", help="the code of the edition, such as 2018")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = Edition.objects.filter(code=options["edition"]).first()
        if edition is None:
            raise CommandError(
                f"There is no edition {options['edition']}. Load it with manage.py load_edition."
            )
        points = [
            PointSpec(point.number, point.key, point.title, point.requirement)
            for point in edition.points.order_by("number")
        ]
        try:
            data = options["file"].read_bytes()
            document = read_document(data, magic.from_buffer(data, mime=True))
        except OSError as error:
            raise CommandError(f"Cannot open {options['file']}: {error.strerror}.") from error
        except ReadingRefused as refused:
            raise CommandError(refused.sentence) from refused
        reading = suggest(document, points)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(reading), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(_summary(reading, points))


def _summary(reading: Reading, points: list[PointSpec]) -> str:
    if not reading.extractable:
        return reading.reason
    titles = {point.number: point.title for point in points}
    texts = {passage.n: passage.text for passage in reading.passages}
    lines = [f"{len(reading.passages)} passages"]
    for point in reading.points:
        lines.append(f"{point.point}. {titles[point.point]}: {point.coverage}")
        lines += [f"   [{n}] {texts[n][:90]}" for n in point.suggested[:3]]
    return "\n".join(lines)
