"""The pages of codes: headquarters' batches, and goods that come and go at every place."""

from sitong.goods.codes import desk_pages, epcis_pages, move_pages

urlpatterns = [*epcis_pages.urlpatterns, *desk_pages.urlpatterns, *move_pages.urlpatterns]
