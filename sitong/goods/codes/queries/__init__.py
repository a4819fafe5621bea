"""Read codes: what is behind a text, where its goods are, and what is in them."""

from sitong.goods.codes.moving import CodeRange, Place, Standing
from sitong.goods.codes.queries.places import ContentLine, Contents, contents_of, standings_now
from sitong.goods.codes.queries.read import read_codes, said_of
from sitong.goods.codes.reading import CodeRead, CodeUnknown, ProductSaid, Scanned

__all__ = [
    "CodeRange", "CodeRead", "CodeUnknown", "ContentLine", "Contents", "Place", "ProductSaid", "Scanned", "Standing", "contents_of",
    "read_codes", "said_of", "standings_now",
]  # fmt: skip
