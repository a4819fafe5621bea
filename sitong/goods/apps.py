from sitong.shared.apps import WordConfig


class GoodsConfig(WordConfig):
    name = "sitong.goods"
    label = "goods"
