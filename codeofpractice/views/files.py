from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views import View

from codeofpractice import services
from codeofpractice.files import serve
from codeofpractice.models import StoredFile
from codeofpractice.views.fetch import get_draft, signed_in


class FileDownload(View):
    """A company's own file, once it is clean. DfT staff open it through the check on which they work."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        return serve(get_object_or_404(StoredFile.objects.visible_to(request.user).clean(), pk=pk))


class FileScan(View):
    """Have a file of the draft checked again that the scanner could not look into."""

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        draft = get_draft(request, number)
        of_draft = StoredFile.objects.filter(Q(evidence__version=draft) | Q(document__version=draft))
        stored = get_object_or_404(of_draft.distinct(), pk=pk)
        services.scan_again(stored=stored, by=signed_in(request))
        messages.success(request, "The file is being checked again.")
        return redirect("codeofpractice:plan", number=number)
