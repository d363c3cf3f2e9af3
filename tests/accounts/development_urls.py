"""The addresses of a developer's machine."""

from rvss.development_urls import urlpatterns as development_urls
from rvss.urls import handler400, handler403, handler404, handler500
from rvss.urls import urlpatterns as everywhere

urlpatterns = [*everywhere, *development_urls]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
