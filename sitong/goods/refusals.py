"""What the refusals about goods say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    # inventory
    "goods.out_of_stock": _("Not enough is in stock: {wanted} wanted, {free} free."),
    "goods.count_below_held": _("{held} are promised to orders, so {counted} cannot be right. Cancel or hand over those orders first."),
    "goods.not_there": _("Only {there} may leave; {wanted} were asked for. What is promised to orders stays."),
    "goods.quantity_not_positive": _("The quantity must be at least 1."),
    "goods.negative_quantity": _("The quantity may not be below zero."),
    "goods.line_twice": _("The same goods stand in two lines. Put them into one."),
    "goods.same_place": _("A transfer needs two different places."),
    "goods.not_on_the_way": _("Only {on_the_way} are still on the way with this shipment; {wanted} were reported."),
})  # fmt: skip
