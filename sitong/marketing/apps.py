from sitong.shared.apps import WordConfig


class MarketingConfig(WordConfig):
    name = "sitong.marketing"
    label = "marketing"
