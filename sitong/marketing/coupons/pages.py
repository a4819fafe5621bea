"""The pages of coupons at headquarters' desk; the dealers', stores' and consumers' ones stand in scene.vouchers."""

from sitong.marketing.coupons import desk_pages, result_pages

urlpatterns = [*desk_pages.urlpatterns, *result_pages.urlpatterns]
