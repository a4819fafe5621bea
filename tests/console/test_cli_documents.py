"""The documents made from the code say what the code says."""

import re
from pathlib import Path

from sitong.console.documents import import_declarations, map_page, settings_page
from sitong.shared.config import REGISTER

ROOT = Path(__file__).parents[2]
OWN = {"SITONG_CHILD_OF", "SITONG_PARENT"}  # what a supervisor tells its children, for nobody to set


def test_every_setting_is_documented_with_its_meaning():
    import_declarations()
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name, one in REGISTER.items() if f"| `{name}` |" not in page or one.meaning not in page] == []


def test_no_setting_is_read_that_is_not_declared():
    import_declarations()
    named = {
        name
        for file in (ROOT / "sitong").glob("**/*.py")
        for name in re.findall(r"""["'](SITONG_[A-Z_]+)["']""", file.read_text())
    }
    assert named - set(REGISTER) - OWN == set()


def test_no_document_holds_a_path_of_this_machine():
    assert str(ROOT) not in settings_page()
    assert str(Path.home()) not in settings_page()


def test_the_map_names_each_word_and_what_it_offers():
    page = map_page()
    assert [
        word for word in ("console", "scene", "member", "goods", "org", "shared") if f"## {word}\n" not in page
    ] == []
    assert "`place_orders`" in page
    assert "`OrderPaid`" in page
