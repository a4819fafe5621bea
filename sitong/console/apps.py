from sitong.shared.apps import WordConfig


class ConsoleConfig(WordConfig):
    name = "sitong.console"
    label = "console"
