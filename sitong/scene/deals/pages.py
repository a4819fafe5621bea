"""Group deals for people: in the mini shop, at the draw, at the counter."""

from sitong.scene.deals import draw_pages, shop_pages, store_pages

urlpatterns = [*shop_pages.urlpatterns, *draw_pages.urlpatterns, *store_pages.urlpatterns]
