"""Lists of made-up companies that are in order but for every tenth row."""

from __future__ import annotations

from typing import Any


def a_list(number: int) -> dict[str, Any]:
    rows = [_company(20_000_000 + 1000 * number + place) for place in range(150)]
    for row in rows[::10]:
        row["postcode"] = "somewhere"
    return {"name": f"Made-up list {number}", "rows": rows}


def _company(number: int) -> dict[str, Any]:
    return {
        "name": f"Llŷn Hire {number} Ltd",
        "legal_form": "Limited company",
        "company_number": str(number),
        "address_line_1": "1 Quay Road",
        "town": "Ottersby",
        "postcode": "ZE1 0AA",
        "rental_models": ["From a counter or depot"],
        "car": 12,
        "regions": ["Wales"],
        "contact_name": "Siân Pritchard",
        "contact_job_title": "Security manager",
        "contact_email": f"contact-{number}@example.com",
        "contact_telephone": "01632 960123",
        "reference": f"M-{number}",
    }
