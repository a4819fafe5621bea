"""The pages of promotions at the desks of headquarters and dealers; the stores' and consumers' ones stand in scene.flash."""

from sitong.marketing.promotions import dealer_pages, desk_pages

urlpatterns = [*desk_pages.urlpatterns, *dealer_pages.urlpatterns]
