"""Read codes: what is behind a text."""

from sitong.goods.codes.queries.read import read_codes, said_of
from sitong.goods.codes.reading import CodeRead, CodeUnknown, ProductSaid, Scanned

__all__ = ["CodeRead", "CodeUnknown", "ProductSaid", "Scanned", "read_codes", "said_of"]
