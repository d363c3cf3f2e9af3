"""The pages on which a person keeps, names and deletes views of a list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from accounts import forms, saved_views
from accounts.lists import FilteredList, address_of, list_named
from accounts.models import SavedView
from accounts.views import signed_in


def pages_of(view: SavedView) -> str:
    return f"{reverse('accounts:saved_views')}?list={view.page}"


class SavedViewList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        of = list_named(request.GET.get("list", ""), signed_in(request))
        context = {
            "list": of,
            "saved_views": SavedView.objects.visible_to(request.user).of(of.page),
            "most": saved_views.MOST_VIEWS,
        }
        return render(request, "accounts/saved_view_list.html", context)


class SavedViewSave(View):
    """The form stands on each list, too; here it is shown with what was wrong."""

    def get(self, request: HttpRequest) -> HttpResponse:
        of = list_named(request.GET.get("list", ""), signed_in(request))
        form = forms.SavedViewForm(initial={"list": of.page, "query": request.GET.get("query", "")})
        return self._show(request, of, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        of = list_named(request.POST.get("list", ""), user)
        form = forms.SavedViewForm(request.POST)
        if not form.is_valid():
            return self._show(request, of, form)
        answers = form.cleaned_data
        query = of.filter_form(QueryDict(answers["query"]), user).query
        try:
            saved = saved_views.save_view(
                page=of.page, name=answers["name"], query=query, is_default=answers["is_default"], by=user
            )
        except saved_views.NotSaved as error:
            form.add_error("name", str(error))
            return self._show(request, of, form)
        messages.success(request, f"The view {saved.name} is saved.")
        return redirect(f"{reverse(of.page)}{address_of(saved.query)}")

    def _show(self, request: HttpRequest, of: FilteredList, form: forms.SavedViewForm) -> HttpResponse:
        query = of.filter_form(QueryDict(str(form["query"].value() or "")), signed_in(request))
        context = {"list": of, "form": form, "filter": query}
        return render(request, "accounts/saved_view_save.html", context)


def get_view(request: HttpRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.visible_to(signed_in(request)), pk=pk)


class SavedViewRename(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = get_view(request, pk)
        return self._show(request, view, forms.ViewName(initial={"name": view.name}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = get_view(request, pk)
        form = forms.ViewName(request.POST)
        if not form.is_valid():
            return self._show(request, view, form)
        try:
            saved_views.rename_view(view=view, name=form.cleaned_data["name"], by=signed_in(request))
        except saved_views.NotSaved as error:
            form.add_error("name", str(error))
            return self._show(request, view, form)
        messages.success(request, f"The view is called {form.cleaned_data['name']} now.")
        return redirect(pages_of(view))

    def _show(self, request: HttpRequest, view: SavedView, form: forms.ViewName) -> HttpResponse:
        context = {"view": view, "form": form, "back": pages_of(view)}
        return render(request, "accounts/saved_view_rename.html", context)


class SavedViewDelete(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = get_view(request, pk)
        return render(request, "accounts/saved_view_delete.html", {"view": view, "back": pages_of(view)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = get_view(request, pk)
        saved_views.delete_view(view=view, by=signed_in(request))
        messages.success(request, f"The view {view.name} is deleted.")
        return redirect(pages_of(view))


class SavedViewDefault(View):
    """The list opens with this view, or with none any more."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = get_view(request, pk)
        is_default = request.POST.get("default") == "yes"
        saved_views.set_default_view(view=view, is_default=is_default, by=signed_in(request))
        opens = f"opens with the view {view.name}" if is_default else "opens as it comes"
        messages.success(request, f"The list {opens} now.")
        return redirect(pages_of(view))
