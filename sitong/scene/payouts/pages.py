"""The pages of rewards in cash: the member's own, and headquarters'."""

from sitong.scene.payouts import desk_pages, shop_pages

urlpatterns = [*shop_pages.urlpatterns, *desk_pages.urlpatterns]
