"""The service's settings, with the address of the floor added."""

from rvss.settings import *  # noqa: F403

ROOT_URLCONF = "rvss.bench.urls"
