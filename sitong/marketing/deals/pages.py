"""The pages of group deals at headquarters' desk; the stores' and consumers' ones stand in scene.deals."""

from sitong.marketing.deals import desk_pages

urlpatterns = [*desk_pages.urlpatterns]
