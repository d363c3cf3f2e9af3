"""Pages that mix rooms."""

from rvss.views.declare import DeclarationSign
from rvss.views.home import Health, Home
from rvss.views.schema import ApiSchema

__all__ = ["ApiSchema", "DeclarationSign", "Health", "Home"]
