"""`sitong docs`: the documents that are made from the code."""

import click

from sitong.console.cli.ground import ready_django, stop, tell
from sitong.console.cli.language import say


@click.command("docs", help=say("Write the documents that are made from the code (settings, map, OpenAPI) into docs/."))
@click.option("--check", is_flag=True, help=say("Write nothing; fail when a document is out of date."))
def command(check: bool) -> None:
    ready_django()
    from django.conf import settings
    from django.utils import translation

    from sitong.console.documents import generated

    translation.activate("en")
    folder = settings.CHECKOUT / "docs"
    stale = [name for name, text in generated() if not _same(folder / name, text, write=not check)]
    if stale and check:
        stop(say("Out of date: {names}. Run `make docs`.", names=", ".join(stale)))
    tell("{count} documents written anew.", count=len(stale))


def _same(file, text: str, *, write: bool) -> bool:  # type: ignore[no-untyped-def]
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return True
    if write:
        file.write_text(text, encoding="utf-8")
    return False
