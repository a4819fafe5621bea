"""The pages of scans: a code's own, the mini shop's camera, the store's rebates."""

from sitong.scene.scans import code_pages, shop_pages, store_pages

urlpatterns = [*code_pages.urlpatterns, *shop_pages.urlpatterns, *store_pages.urlpatterns]
