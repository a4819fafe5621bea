"""The clerk's list of what journeys ask for: whom to call or greet, and a button when it is done."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.journeys.actions.upkeep import finish_task
from sitong.marketing.journeys.queries.visible import tasks_visible_to
from sitong.member.identity.queries import member_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound

PAGE = 100


@page_for("store", permission="member.join")
@require_safe
def task_list(request: ViewerRequest) -> HttpResponse:
    """Open tasks of the clerk's stores, the oldest first."""
    tasks = list(tasks_visible_to(request.viewer).filter(done_at=None).order_by("at", "id")[:PAGE])
    members = member_facts({one.member_id for one in tasks})
    rows = [{"task": one, "member": members.get(one.member_id)} for one in tasks]
    return render(request, "marketing/journeys/tasks.html", {"rows": rows})


@page_for("store", permission="member.join")
@require_POST
def task_done(request: ViewerRequest, journey_task_id: UUID) -> HttpResponse:
    """Say that a task is done."""
    task = tasks_visible_to(request.viewer).filter(id=journey_task_id).first()
    if task is None:
        raise NotFound(what="task")
    finish_task(task.id, by=request.viewer.account_id, now=clock.now())
    messages.success(request, _("Done. Thank you."))
    return HttpResponseRedirect("/store/tasks/")


urlpatterns = [
    path("store/tasks/", task_list, name="guide-tasks"),
    path("store/tasks/<uuid:journey_task_id>/done/", task_done),
]
