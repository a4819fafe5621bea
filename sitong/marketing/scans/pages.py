"""The pages of scan plans and rebates at the desks; the consumers' and stores' ones stand in scene.scans."""

from sitong.marketing.scans import desk_pages, rebate_pages

urlpatterns = [*rebate_pages.urlpatterns, *desk_pages.urlpatterns]
