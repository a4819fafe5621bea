"""`sitong doctor`: what is wrong with a setup, and how to mend it."""

import json

import click

from sitong.console.cli.language import say


@click.command("doctor", help=say("Examine this setup: say what is wrong and how to mend it."))
@click.option("--json", "as_json", is_flag=True, help=say("One JSON object for each check."))
def command(as_json: bool) -> None:
    from sitong.console.cli.examination import examine

    worst = "fine"
    marks = {"fine": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "red")}
    for finding in examine():
        if finding.verdict == "wrong" or worst == "fine":
            worst = finding.verdict
        if as_json:
            click.echo(json.dumps(finding.__dict__, ensure_ascii=False))
            continue
        mark, color = marks[finding.verdict]
        click.echo(f"{click.style(mark, fg=color)} {finding.what}")
        if finding.mend:
            click.echo(f"    → {finding.mend}")
    if worst == "wrong":
        raise SystemExit(1)
