"""The catalog's pages: desks of brand and dealer, the shelf on the clerk's phone."""

from sitong.goods.catalog import desk_pages, price_pages, store_pages

urlpatterns = [*desk_pages.urlpatterns, *price_pages.urlpatterns, *store_pages.urlpatterns]
