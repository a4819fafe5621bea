"""The pages of coupons at the desks of headquarters and dealers; the stores' and consumers' ones stand in scene.vouchers."""

from sitong.marketing.coupons import desk_pages, result_pages, store_pages

urlpatterns = [*desk_pages.urlpatterns, *result_pages.urlpatterns, *store_pages.urlpatterns]
