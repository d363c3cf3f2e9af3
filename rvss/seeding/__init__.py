"""A made-up scheme for demonstrations, tests of load and benchmarks: the same seed gives the same rows.

    words -> companies -> joining -> draws -> plans -> checks, and `record` writes the audit chain of it all.

Rows go straight into the database in the state in which they end: the services that take people there one
step at a time are tested elsewhere, and would need days for 100,000 companies. The round that is drawn last
is small enough for them.
"""

from rvss.seeding.current_round import draw_current_round
from rvss.seeding.personal_data import make_retention_report
from rvss.seeding.reviews import make_reviews
from rvss.seeding.seed import Counts, seed_scheme

__all__ = ["Counts", "draw_current_round", "make_retention_report", "make_reviews", "seed_scheme"]
