"""What the goods' refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "goods.category_too_deep": _("{code}: a category cannot have categories below it; departments have one level of categories."),
    "goods.product_incomplete": _("{code}: a product needs a code, a name and at least one SKU with a code of its own."),
    "goods.code_taken": _("The code {code} belongs to another SKU."),
    "goods.barcode_invalid": _("{gtin} is not a barcode: it needs 8, 12, 13 or 14 digits and the right check digit."),
    "goods.barcode_taken": _("The barcode {gtin} belongs to another SKU."),
    "goods.not_offered": _("This product is not offered to the store."),
    "goods.not_adopted": _("The store has not adopted this product yet."),
    "goods.product_withdrawn": _("This product has been withdrawn by the brand."),
    "goods.price_wrong": _("This price is not possible; look at its {what}. A promotion needs an end, a regular price has none."),
    "goods.price_overlaps": _("Another price is set for a part of that time."),
    "goods.out_of_stock": _("Not enough in stock: {free} of the wanted {wanted} are left."),
    "goods.quantity_not_positive": _("The quantity has to be at least one."),
    "goods.negative_quantity": _("The quantity cannot be below zero."),
    "goods.count_below_held": _("{counted} were counted, but {held} are promised to orders. Hand over or cancel those first."),
    "goods.not_there": _("Only {there} are there and not promised; {wanted} cannot go."),
    "goods.line_twice": _("The same goods stand twice in the document."),
    "goods.same_place": _("A transfer needs two different places."),
    "goods.not_on_the_way": _("Only {on_the_way} are still on the way; {wanted} cannot arrive."),
})  # fmt: skip
