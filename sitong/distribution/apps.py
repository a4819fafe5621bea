from sitong.shared.apps import WordConfig


class DistributionConfig(WordConfig):
    name = "sitong.distribution"
    label = "distribution"
