from importlib import import_module
from pathlib import Path

from django.apps import AppConfig


def topic_modules(word: str, file: str) -> list[str]:
    """Name the modules `<word>.<topic>.<file>` that exist, sorted: the composition root finds topics by convention."""
    folder = Path(__file__).parents[1] / word
    return [f"sitong.{word}.{found.parent.name}.{file}" for found in sorted(folder.glob(f"*/{file}.py"))]


class WordConfig(AppConfig):
    """A word of the house: what its topics register (events, handlers, movers …) is known once Django is up."""

    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if (Path(self.path) / "refusals.py").exists():
            import_module(f"{self.name}.refusals")
        for file in ("events", "handlers", "books", "movers", "givers", "deeds", "parts", "doors"):
            for module in topic_modules(self.label, file):
                import_module(module)


class SharedConfig(WordConfig):
    name = "sitong.shared"
    label = "shared"
