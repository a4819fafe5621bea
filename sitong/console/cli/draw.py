"""`sitong draw`: compute a published draw again, without a database, on any machine."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from sitong.console.cli.ground import tell
from sitong.console.cli.language import say

VERIFIERS = {
    "sitong.two-step-draw/1": "sitong.marketing.deals.proof",
    "sitong.draw-plays/1": "sitong.marketing.draws.record",
}
"""What proves a kind of file: a module whose `verify(content)` raises NotProven, or gives the facts that it has found."""


@click.group("draw", help=say("Draws that anybody can compute again."))
def command() -> None:
    pass


@command.command("verify", help=say("Compute a published draw again from its file, and say whether it is true."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commitment", default="", help=say("The commitment that was published before the draw, to compare."))
def verify(file: Path, commitment: str) -> None:
    from sitong.shared.proof.files import BYTES_MAX, KIND, NotProven, proof_read

    reasons = {
        "unreadable": say("This is no file of a draw."),
        "changed": say("The file was changed after it was written."),
        "kind": say("This version of Sitong does not know this kind of draw. Use a newer one."),
        "commitment": say("The seed is not the one that was promised before the draw."),
        "tickets": say("The list of tickets is not sound."),
        "winners": say("The seed and the list give other winners."),
    }  # fmt: skip
    try:
        with file.open("rb") as opened:
            content = proof_read(opened.read(BYTES_MAX + 1))
        if content[KIND] not in VERIFIERS:
            raise NotProven("kind")
        found: dict[str, Any] = importlib.import_module(VERIFIERS[content[KIND]]).verify(content)
        if commitment and commitment.strip().lower() != found.get("commitment"):
            raise NotProven("commitment")
    except NotProven as wrong:
        click.secho(say("NOT TRUE: {why}", why=reasons.get(wrong.why, wrong.why)), fg="red")
        raise SystemExit(1) from None
    click.secho(say("TRUE: computed again, the same winners."), fg="green")
    for name, value in found.items():
        click.echo(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
    tell("Compare the commitment with the one that was published before the draw.")
