from sitong.shared.apps import WordConfig


class SceneConfig(WordConfig):
    name = "sitong.scene"
    label = "scene"
