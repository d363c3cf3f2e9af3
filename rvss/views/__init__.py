"""Pages that mix rooms."""

from rvss.views.home import Health, Home

__all__ = ["Health", "Home"]
