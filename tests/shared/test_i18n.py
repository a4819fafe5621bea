"""Both languages are complete, and nothing that people read stands outside of the catalogs."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, ngettext, override

from sitong.shared.i18n import formats
from sitong.shared.i18n.catalogs import HOUSE, compile_catalogs, messages_said, missing, tokens_of, unlike
from sitong.shared.money import Money

CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_every_text_has_its_chinese():
    assert [f"{one.place}: {one.msgid}" for one in missing()] == []


def test_placeholders_survive_translation_and_no_text_has_two_translations():
    assert unlike() == []


def test_no_chinese_is_hard_coded_in_templates_and_scripts():
    own = [
        file
        for file in [*HOUSE.glob("*/templates/**/*.html"), *HOUSE.glob("*/static/**/*.js")]
        if "vendor" not in file.parts
    ]
    assert len(own) > 10
    assert [str(file.relative_to(HOUSE)) for file in own if CHINESE.search(file.read_text(encoding="utf-8"))] == []


def test_no_template_has_inline_script_or_style():
    forbidden = re.compile(
        r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)|<style|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE
    )
    allowed = re.compile(r'<script type="application/json"')  # data, which browsers do not run
    found = {}
    for file in HOUSE.glob("*/templates/**/*.html"):
        text = allowed.sub('<script src="" data-json', file.read_text(encoding="utf-8"))
        if match := forbidden.search(text):
            found[str(file.relative_to(HOUSE))] = match[0]
    assert found == {}


def test_extraction_reads_python_and_templates_of_every_shape(tmp_path: Path):
    (tmp_path / "word" / "templates" / "word").mkdir(parents=True)
    (tmp_path / "word" / "pages.py").write_text(
        'from x import gettext as _\nA = _("One")\nB = ngettext("%(n)s order", "%(n)s orders", n)\nC = pgettext("month", "May")\nD = f(_("Two {name}"))\n'
    )
    (tmp_path / "word" / "templates" / "word" / "a.html").write_text(
        "{% translate 'It\"s' %}{% blocktranslate with n=x %}Page {{ n }}{% endblocktranslate %}"
        "{% blocktranslate count n=x trimmed %}\n  one  \n thing{% plural %}\n {{ n }} things {% endblocktranslate %}{{ _('In a filter')|upper }}"
        "{% translate 'May' context 'month' %}"
    )
    said = {(one.msgid, one.plural, one.context) for one in messages_said(tmp_path)}
    assert said == {
        ("One", "", ""), ("%(n)s order", "%(n)s orders", ""), ("May", "", "month"), ("Two {name}", "", ""), ('It"s', "", ""),
        ("Page %(n)s", "", ""), ("one thing", "%(n)s things", ""), ("In a filter", "", ""),
    }  # fmt: skip


def test_a_catalog_is_compiled_when_it_is_newer_and_left_alone_otherwise(tmp_path: Path):
    folder = tmp_path / "word" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "One"\nmsgstr "一"\n',
        encoding="utf-8",
    )
    assert compile_catalogs(tmp_path) == [folder / "django.mo"]
    assert compile_catalogs(tmp_path) == []
    assert [file.name for file in folder.iterdir() if file.suffix not in {".po", ".mo"}] == []


def test_placeholders_are_compared_whatever_their_order():
    assert tokens_of("{a} of %(b)s <b>x</b>") == tokens_of("<b>%(b)s</b> {a}") == ["%(b)s", "</b>", "<b>", "{a}"]


def test_django_speaks_the_catalogs():
    with override("zh-hans"):
        assert gettext("Change log") == "变更记录"
    with override("en"):
        assert gettext("Change log") == "Change log"
        assert ngettext("%(n)s order", "%(n)s orders", 2) == "%(n)s orders"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(123450), "¥1,234.50"),
        (Money(-5), "-¥0.05"),
        (Money(0), "¥0.00"),
        (Money(1234, "JPY"), "JP¥1,234"),
        (7, "¥0.07"),
    ],
)
def test_money_reads_the_same_in_both_languages(amount: Money | int, text: str):
    for language in ("zh-hans", "en"):
        with override(language):
            assert formats.money_text(amount) == text


def test_dates_numbers_and_weights_follow_the_language():
    at = datetime(2026, 3, 3, 2, 5, tzinfo=UTC)
    with override("zh-hans"):
        assert formats.moment_text(at, "Asia/Shanghai") == "2026年3月3日 10:05"
        assert formats.day_text(date(2026, 3, 3), "long") == "2026年3月3日 星期二"
        assert formats.percent_text(1250) == "12.5%"
    with override("en"):
        assert formats.moment_text(at, "Asia/Shanghai") == "Mar 3, 2026 10:05"
        assert formats.moment_text(at, "Asia/Shanghai", "short") == "Mar 3 10:05"
        assert formats.day_text(date(2026, 3, 3), "long") == "Tuesday, Mar 3, 2026"
        assert formats.quantity_text(950, weighed=True) == "950 g"
        assert formats.quantity_text(1250, weighed=True) == "1.25 kg"
        assert formats.quantity_text(12000) == "12,000"


def test_the_language_switch_remembers_and_goes_back(db):
    response = Client().post("/language/", {"language": "en", "next": "/brand/orders/?page=2"})
    assert (response.status_code, response["Location"]) == (302, "/brand/orders/?page=2")
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_the_language_switch_never_leads_away(db, target: str):
    assert Client().post("/language/", {"language": "en", "next": target})["Location"] == "/"


def test_an_unknown_language_changes_nothing(db):
    assert settings.LANGUAGE_COOKIE_NAME not in Client().post("/language/", {"language": "xx", "next": "/"}).cookies
