"""The service's own settings, with the services that a test run needs started first.

pytest-django loads the settings before any conftest.py, so the start cannot stand there.
"""

from tests.services import start_services

start_services()

from rvss.settings import *  # noqa: E402, F403

# Each client of a test loads the middleware anew, which would look at every static file again.
WHITENOISE_AUTOREFRESH = True
# Which checks are read a second time hangs on made-up numbers; tests of that say how many.
SECOND_READING_SHARE = 0.0
