"""A made-up Companies House for a developer's machine, over real HTTP: a few fictional companies.

python -m rvss.local.companies_house FILE    serves, and writes its address into FILE when it is ready
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = "made-up-key"
SLOW, BROKEN = "91000008", "91000009"
# number: name, status, type, address
COMPANIES = {
    "91000001": ("PORTHWEN VEHICLE HIRE LTD", "active", "ltd", ("2", "Harbour Lane", "Porthwen", "ZE1 0AA")),
    "91000002": ("OTTERSBY VANS LTD", "dissolved", "ltd", ("14", "Quay Road", "Ottersby", "ZE2 9XY")),
    "91000003": ("BRYN A’R MÔR CYF", "liquidation", "ltd", ("", "Lôn y Môr", "Llanfaenor", "ZE3 9JW")),
    "OC910004": ("QUAY & HARBOUR HIRE LLP", "active", "llp", ("Unit 5", "Mill Yard", "Ottersby", "ZE1 0AB")),
    "SC910005": ("GLEN ORRIN CAR CLUB LIMITED", "active", "ltd", ("7", "Brae Street", "Orrin", "ZE2 9AA")),
}  # fmt: skip


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        number = self.path.rpartition("/")[2]
        if number == SLOW:
            time.sleep(10)
        if number == BROKEN:
            self._send(500, {})
        elif number not in COMPANIES:
            self._send(404, {"errors": [{"error": "company-profile-not-found"}]})
        else:
            self._send(200, profile(number))

    def _send(self, status: int, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def profile(number: str) -> dict[str, object]:
    name, status, kind, (premises, street, town, postcode) = COMPANIES[number]
    return {
        "company_number": number,
        "company_name": name,
        "company_status": status,
        "type": kind,
        "registered_office_address": {
            "premises": premises,
            "address_line_1": street,
            "locality": town,
            "postal_code": postcode,
        },
    }


def serve(ready: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    unfinished = ready.with_suffix(".new")
    unfinished.write_text(f"http://127.0.0.1:{server.server_port}")
    unfinished.replace(ready)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
