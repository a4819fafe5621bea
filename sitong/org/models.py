"""Index of the word's tables; each stands in its topic."""

from sitong.org.brands.models import Brand, LegalEntity
from sitong.org.dealers.models import Dealer, DealerPath
from sitong.org.staff.models import ClerkPin, Invite, Leaving, WechatApp, WechatBinding
from sitong.org.stores.models import Store

__all__ = [
    "Brand",
    "ClerkPin",
    "Dealer",
    "DealerPath",
    "Invite",
    "Leaving",
    "LegalEntity",
    "Store",
    "WechatApp",
    "WechatBinding",
]
