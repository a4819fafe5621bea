"""The desk pages of campaign templates."""

from sitong.marketing.rollout import dealer_pages, desk_pages

urlpatterns = [*desk_pages.urlpatterns, *dealer_pages.urlpatterns]
