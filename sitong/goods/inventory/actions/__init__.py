"""Everything that changes stock. Hot: lock_levels, hold_stock, release_holds, take_held_stock."""

from sitong.goods.inventory.actions.counts import (
    CountBelowHeld,
    CountLine,
    CountWanted,
    LineTwice,
    NegativeQuantity,
    NotThere,
    SafetyWanted,
    WriteOffLine,
    WriteOffWanted,
    count_stock,
    set_safety,
    withdraw_expired,
    write_off,
)
from sitong.goods.inventory.actions.holds import (
    HoldWanted,
    OutOfStock,
    expire_holds,
    hold_stock,
    keep_holds,
    release_holds,
    take_held_stock,
)
from sitong.goods.inventory.actions.levels import lock_levels
from sitong.goods.inventory.actions.locations import LocationWanted, open_locations, transit_id
from sitong.goods.inventory.actions.receipts import (
    QuantityNotPositive,
    ReceiptLine,
    ReceiptWanted,
    ReturnLine,
    ReturnWanted,
    receive_stock,
    return_stock,
)
from sitong.goods.inventory.actions.transfers import (
    ArrivalWanted,
    NotOnTheWay,
    SamePlace,
    TransferLine,
    TransferWanted,
    arrive_stock,
    transfer_stock,
)
from sitong.goods.inventory.rules import LevelNow, Pair

__all__ = [
    "ArrivalWanted", "CountBelowHeld", "CountLine", "CountWanted", "HoldWanted", "LevelNow", "LineTwice", "LocationWanted", "NegativeQuantity",
    "NotOnTheWay", "NotThere", "OutOfStock", "Pair", "QuantityNotPositive", "ReceiptLine", "ReceiptWanted", "ReturnLine", "ReturnWanted",
    "SafetyWanted", "SamePlace", "TransferLine", "TransferWanted", "WriteOffLine", "WriteOffWanted", "arrive_stock", "count_stock",
    "expire_holds", "hold_stock", "keep_holds", "lock_levels", "open_locations", "receive_stock", "release_holds", "return_stock",
    "set_safety", "take_held_stock", "transfer_stock", "transit_id", "withdraw_expired", "write_off",
]  # fmt: skip
