from sitong.shared.apps import WordConfig


class MemberConfig(WordConfig):
    name = "sitong.member"
    label = "member"
