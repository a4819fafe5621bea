"""The pages of gifts that need a store: the consumer's and the clerk's."""

from sitong.scene.gifts import shop_pages, store_pages

urlpatterns = [*shop_pages.urlpatterns, *store_pages.urlpatterns]
