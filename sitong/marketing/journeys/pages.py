"""The pages of journeys at headquarters' desk."""

from sitong.marketing.journeys import desk_pages, result_pages

urlpatterns = [*desk_pages.urlpatterns, *result_pages.urlpatterns]
