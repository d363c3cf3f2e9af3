from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views import View

from codeofpractice.files import serve
from codeofpractice.models import StoredFile


class FileDownload(View):
    """A company's own file, once it is clean. DfT staff open it through the check on which they work."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        return serve(get_object_or_404(StoredFile.objects.visible_to(request.user).clean(), pk=pk))
