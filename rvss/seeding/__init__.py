"""A made-up scheme for demonstrations, tests of load and benchmarks: the same seed gives the same rows.

    words -> companies -> joining -> draws -> plans -> checks, and `record` writes the audit chain of it all.

Rows go straight into the database in the state in which they end: the services that take people there one
step at a time are tested elsewhere, and would need days for 100,000 companies.
"""

from rvss.seeding.personal_data import make_retention_report
from rvss.seeding.seed import Counts, seed_scheme

__all__ = ["Counts", "make_retention_report", "seed_scheme"]
