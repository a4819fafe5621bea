from sitong.shared.apps import WordConfig


class InsightConfig(WordConfig):
    name = "sitong.insight"
    label = "insight"
