from django.urls import path

from rvss.bench.floor import Floor
from rvss.urls import handler400, handler403, handler404, handler500
from rvss.urls import urlpatterns as service

urlpatterns = [*service, path("bench/floor/", Floor.as_view(), name="floor")]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
