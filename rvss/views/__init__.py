"""Pages that mix rooms."""

from rvss.views.about import About
from rvss.views.declare import DeclarationSign
from rvss.views.home import Health, Home
from rvss.views.schema import ApiSchema

__all__ = ["About", "ApiSchema", "DeclarationSign", "Health", "Home"]
