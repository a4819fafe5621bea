"""Pages of check-in on phones: the member's in the mini shop, and the store's own."""

from sitong.scene.checkins import shop_pages, store_pages

urlpatterns = [*shop_pages.urlpatterns, *store_pages.urlpatterns]
