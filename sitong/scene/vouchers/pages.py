"""The pages of coupons that need a store: the consumer's and the clerk's."""

from sitong.scene.vouchers import claim_pages, sales, shop_pages, store_pages

urlpatterns = [*claim_pages.urlpatterns, *shop_pages.urlpatterns, *store_pages.urlpatterns]

__all__ = ["sales", "urlpatterns"]
