"""Charts and spreadsheets as pages hand them out."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from reviews.spreadsheets import ODS_TYPE


def chart_response(svg: bytes | None) -> HttpResponse:
    """404 for None: there is no such chart."""
    if svg is None:
        raise Http404
    return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=300"})


def ods_response(name: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=ODS_TYPE, headers=headers)
