from sitong.shared.apps import WordConfig


class OrgConfig(WordConfig):
    name = "sitong.org"
    label = "org"
