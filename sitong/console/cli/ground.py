"""What most commands stand on: Django ready, the embedded database running while the command works."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, NoReturn

import click

from sitong.console.cli.language import LANGUAGE, say
from sitong.console.supervise_locks import server_in_use
from sitong.shared.postgres import ServerFailed


def ready_django() -> None:
    """Make Django usable, in the command line's language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sitong.console.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate("zh-hans" if LANGUAGE == "zh" else "en")


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Have a database behind Django: the embedded one is started, and stopped again when nobody else uses it."""
    ready_django()
    from django.conf import settings
    from django.db import connections

    if not settings.EMBEDDED:
        yield
        return
    try:
        with server_in_use(settings.CLUSTER):
            try:
                yield
            finally:
                connections.close_all()
    except ServerFailed as failed:
        stop(say("The database does not start:") + f"\n{failed}")


def tell(text: str, **facts: object) -> None:
    """Print one sentence in the command line's language."""
    click.echo(say(text, **facts))


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence that says why, and no traceback."""
    click.secho(sentence, fg="red", err=True)
    raise SystemExit(code)


@contextlib.contextmanager
def brands_named(code: str) -> Iterator[Any]:
    """Give the brand with this code, or all, shown to the connection; a refusal ends the command with its sentence."""
    with database():
        from sitong.org.brands.queries import all_brands
        from sitong.shared.access.scope import every_brand
        from sitong.shared.errors import Refused, sentence

        with every_brand():
            brands = [one for one in all_brands() if code in {"", one.code}]
            if code and not brands:
                stop(say("There is no brand {brand}.", brand=code))
            try:
                yield brands
            except Refused as refused:
                stop(str(sentence(refused)))
