from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ContactDetails:
    name: str
    job_title: str
    email: str
    telephone: str
