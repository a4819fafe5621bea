"""`sitong export`: a brand's rows as files, table by table, seen through the brand's own wall."""

from pathlib import Path

import click

from sitong.console.cli.ground import database, stop, tell
from sitong.console.cli.language import say


@click.command("export", help=say("Write all rows of one brand as files, one for each table, into a folder or a .zip."))
@click.argument("brand")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    default="csv",
    show_default=True,
    help=say("What the files are."),
)
@click.option("--clear", is_flag=True, help=say("Personal data in clear text; without it these columns are left out."))
@click.option("--table", "only", multiple=True, help=say("Only this table; may be given several times."))
def command(brand: str, target: Path, form: str, clear: bool, only: tuple[str, ...]) -> None:
    with database():
        from sitong.console.cli.exports import NoSuchBrand, NotEmpty, export_brand

        try:
            written = export_brand(brand, target, form=form, clear=clear, only=only)
        except NoSuchBrand as unknown:
            stop(
                say(
                    "There is no brand {brand}. There are: {known}.", brand=brand, known=", ".join(unknown.known) or "-"
                )
            )
        except NotEmpty:
            stop(say("{target} is there already; choose another name.", target=target))
        for name, rows in written.items():
            click.echo(f"{rows:>12,}  {name}")
        tell("{rows} rows in {tables} files: {target}", rows=sum(written.values()), tables=len(written), target=target)
        if clear:
            tell("The files hold personal data in clear text: keep them where nobody else can read them.")
