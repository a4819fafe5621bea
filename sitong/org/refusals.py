"""What the refusals of this word say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "org.code_taken": _("The code {code} is taken already. Choose another one."),
    "org.currency_unknown": _("The currency {currency} is not known here."),
    "org.zone_unknown": _("There is no time zone {zone}."),
    "org.parent_unknown": _("This dealer is not there or is closed."),
    "org.entity_unknown": _("This legal entity is not there."),
    "org.cells_malformed": _("The territory has cells that do not fit ({count} of them, for example {cells}). At most {cells_max} H3 cells of resolution 7."),
    "org.in_its_own_branch": _("Dealer {code} cannot stand below itself."),
    "org.dealer_in_use": _("The dealer still has {stores} open stores and {dealers} open dealers below. Move or close those first."),
    "org.kind_unknown": _("A store is direct, franchise, special or authorized, not {kind}."),
    "org.direct_has_no_dealer": _("A direct store belongs to the brand itself and has no dealer ({code})."),
    "org.hours_malformed": _("The opening hours make no sense ({problem}). Write each period as 09:00-21:30, one after the other."),
    "org.position_malformed": _("The position makes no sense ({problem}). Give latitude and longitude in degrees, or neither."),
    "org.fence_out_of_range": _("The fence around a store is {least_m} to {most_m} meters wide."),
    "org.theme_malformed": _("The theme makes no sense ({problem}). A color is written as #rrggbb, texts have at most 200 characters."),
    "org.not_yourself": _("Nobody can do this to the own account. Ask somebody else who manages the staff."),
    "org.invite_used": _("An account was made by this link before. Sign in with it, or ask for another link."),
    "org.invite_over": _("This link does not work any more. Ask whoever sent it for a new one."),
    "org.pin_weak": _("A PIN has six digits, not all alike and not counting up or down."),
    "org.pin_wrong": _("This is not the PIN. {tries_left} more tries."),
    "org.pin_locked": _("Too many wrong PINs. Sign in with the password, or wait ten minutes."),
    "org.pin_missing": _("No PIN is set. Sign in with the password and set one under your account."),
    "org.successor_unfit": _("Choose another active colleague whom you manage too."),
    "org.wechat_code_wrong": _("WeChat does not know this code any more. Tap again."),
    "org.wechat_unreachable": _("WeChat does not answer just now. Try again in a moment, or sign in with the password."),
    "org.wechat_refused": _("WeChat refused the brand's app ({errcode}). Headquarters must check its AppID and AppSecret."),
    "org.wechat_taken": _("This WeChat is bound to another account. Unbind it there first."),
    "org.wechat_unbound": _("No account is bound to this WeChat. Sign in with your password once and bind it under your account."),
    "org.wechat_not_enough": _("This account needs its second factor. Sign in with the password."),
    "org.store_is_closed": _("Store {code} is closed for good."),
})  # fmt: skip
