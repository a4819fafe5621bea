"""The pages of draws that need a store: the player's and the clerk's."""

from sitong.scene.wheels import play_pages, prize_pages, store_pages

urlpatterns = [*play_pages.urlpatterns, *prize_pages.urlpatterns, *store_pages.urlpatterns]
