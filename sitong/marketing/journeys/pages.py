"""The pages of journeys: headquarters' desk, and the clerk's tasks."""

from sitong.marketing.journeys import desk_pages, result_pages, task_pages

urlpatterns = [*desk_pages.urlpatterns, *result_pages.urlpatterns, *task_pages.urlpatterns]
