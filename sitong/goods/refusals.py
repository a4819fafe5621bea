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
    "goods.code_unknown": _("This is not one of the brand's codes. Scan it again; if that does not help, the goods may not be genuine."),
    "goods.cell_too_fine": _("Where a scan was may be kept as an H3 cell of resolution 7 or coarser, never finer."),
    "goods.code_batch_quantity": _("A batch has at least one code and at most {most}, and a code stands for at least one unit."),
    "goods.code_batch_level": _("Codes are for items, boxes or pallets; only items have a second code under the cap."),
    "goods.code_batch_gtin": _("{gtin} is no GTIN: it needs 8, 12, 13 or 14 digits and the right check digit."),
    "goods.code_space_used_up": _("All numbers that codes of this length can tell apart are used up."),
    "goods.code_range_outside": _("The batch has the serials 1 to {quantity}; a range ends where it begins or later."),
    "goods.code_void_reason": _("Say why these codes are void."),
})  # fmt: skip
