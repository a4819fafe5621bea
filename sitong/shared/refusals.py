"""What the kernel's refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "shared.refused": _("This cannot be done now."),
    "shared.not_allowed": _("Your account may not do this here. Ask whoever manages your store or brand for the right role."),
    "shared.not_signed_in": _("Please sign in."),
    "shared.too_many": _("That was too often. Please try again in {retry_after_s} seconds."),
    "shared.token_expired": _("Your sign-in has run out. Please sign in again."),
    "shared.token_forged": _("This token is not ours."),
    "shared.username_taken": _("The user name {username} is taken already. Choose another one."),
    "shared.username_malformed": _("A user name has 3 to 150 letters, digits and . _ - @ +"),
    "shared.role_unknown": _("There is no role {role} at this place."),
    "shared.password_weak": _("Choose a better password. {why}"),
    "shared.phone_malformed": _("This cannot be a phone number."),
    "shared.last_owner": _("The brand needs at least one active account that may change its staff."),
    "shared.csrf_failed": _("This form is too old. Please load the page again."),
    "shared.code_wrong": _("This is not the code that was sent. {tries_left} more tries."),
    "shared.code_expired": _("This code no longer holds. Ask for a new one."),
    "shared.no_code_sender": _("Codes cannot be sent yet: the platform's operator has set up no sender."),
    "shared.phone_not_mobile": _("A code can be sent to a mobile phone only."),
    "shared.password_wrong": _("User name and password do not go together."),
    "shared.second_factor_wrong": _("These digits are wrong or were used already. Take the next ones."),
    "shared.second_factor_missing": _("This account needs a second factor. Sign in on the page first, which sets it up."),
    "shared.second_factor_there": _("This account has a second factor already."),
    "shared.not_found": _("There is no such thing, or it is not yours to see."),
    # ledger
    "shared.amount_out_of_range": _("The amount {amount} is out of range."),
    "shared.same_account": _("A transfer needs two different accounts."),
    "shared.units_differ": _("The accounts count different things ({debit} and {credit})."),
    "shared.balance_too_low": _("The balance does not suffice: {wanted} wanted, {free} there."),
    "shared.not_pending": _("This was never reserved, so it cannot be confirmed or given up."),
    "shared.already_resolved": _("This reservation has ended already ({phase})."),
    "shared.pending_expired": _("This reservation has run out."),
    "shared.above_original": _("That is more than is left: {wanted} wanted, {left} left."),
    "shared.chain_failed": _("A part that belongs to this was refused ({because}), so nothing of it was done."),
    "shared.repeat_differs": _("This id was used before with other content. Start again with a new one."),
    "shared.busy": _("Too much is going on right now. Please try again in {retry_after_s} seconds."),
    "shared.too_slow": _("This takes longer than {timeout_s} seconds. It may still be done: please look again before you repeat it."),
    "shared.malformed": _("The request is malformed."),
    "shared.too_large": _("The request is too large; {bytes_max} bytes are allowed."),
    "shared.not_this_way": _("This address does not take this kind of request."),
    "shared.broken": _("Something went wrong on our side. Please tell us this number: {request_id}"),
})  # fmt: skip
