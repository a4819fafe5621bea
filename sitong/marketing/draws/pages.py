"""The pages of draws at headquarters' desk; the players' and the stores' ones stand in scene.wheels."""

from sitong.marketing.draws import desk_pages, result_pages

urlpatterns = [*desk_pages.urlpatterns, *result_pages.urlpatterns]
