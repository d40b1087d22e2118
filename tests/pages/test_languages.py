"""English and Spanish are complete."""

import ast
import re
import shutil
from gettext import GNUTranslations
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from django.utils.dates import MONTHS_3

CATALOG = Path(settings.BASE_DIR) / "locale" / "es" / "LC_MESSAGES" / "django.po"
ENTRY = re.compile(
    r'^(?:msgctxt (?P<where>".*"\n))?msgid (?P<one>(?:".*"\n)+)(?:msgid_plural (?P<many>(?:".*"\n'
    r")+))?"
    r'(?P<said>(?:msgstr(?:\[\d\])? (?:".*"\n?)+)+)',
    re.M,
)
PLACE = re.compile(r"%\(\w+\)[sd]")
APPS = ("core", "customers", "interactions", "appointments", "analytics", "crm")


class Sentence(NamedTuple):
    where: str | None
    """The context, where one word has two meanings."""
    one: str
    many: str | None


def text_of(quoted: str) -> str:
    return "".join(re.findall(r'"(.*)"', quoted)).replace("\\n", "\n").replace('\\"', '"')


def entries(catalog: str) -> dict[Sentence, list[str]]:
    """Every sentence with its translations."""
    found = {}
    for match in ENTRY.finditer(catalog):
        where, one, many = (
            text_of(part) if part else None for part in match.group("where", "one", "many")
        )
        if one:
            found[Sentence(where, one, many)] = [
                text_of(part) for part in re.split(r"msgstr(?:\[\d\])? ", match["said"])[1:]
            ]
    return found


def test_every_sentence_has_its_spanish() -> None:
    known = entries(CATALOG.read_text())
    assert len(known) > 1000
    assert [sentence for sentence, said in known.items() if not all(said)] == []
    assert "#, fuzzy" not in CATALOG.read_text()


def test_translations_fill_in_the_same_figures() -> None:
    for sentence, said in entries(CATALOG.read_text()).items():
        for english, spanish in zip((sentence.one, sentence.many), said, strict=False):
            assert sorted(PLACE.findall(spanish)) == sorted(PLACE.findall(english or "")), sentence


def test_the_compiled_catalog_is_of_this_one() -> None:
    with CATALOG.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for sentence, said in entries(CATALOG.read_text()).items():
        key = f"{sentence.where}\x04{sentence.one}" if sentence.where else sentence.one
        assert said == (
            [compiled.ngettext(key, "", number) for number in (1, 2)]
            if sentence.many
            else [compiled.gettext(key)]
        )


def test_no_sentence_hides_in_an_f_string_where_gettext_does_not_look() -> None:
    found = []
    for path in (path for app in APPS for path in (Path(settings.BASE_DIR) / app).rglob("*.py")):
        calls = (
            call
            for text in ast.walk(ast.parse(path.read_text()))
            if isinstance(text, ast.JoinedStr)
            for call in ast.walk(text)
        )
        names = [
            call.func.id
            for call in calls
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        ]
        found += [path.name for name in names if name == "_" or "gettext" in name]
    assert found == []


def test_the_names_of_months_stay_those_of_django() -> None:
    """
    A sentence of ours that is a month's name too, such as “may”, would take its place in every
    date.
    """
    with translation.override("es"):
        assert (
            " ".join(str(month) for month in MONTHS_3.values())
            == "ene feb mar abr may jun jul ago sep oct nov dic"
        )


@pytest.mark.skipif(
    shutil.which("xgettext") is None,
    reason="gettext isn't on this machine, so nothing can be collected",
)
def test_nothing_that_pages_say_is_missing_in_the_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("templates", *APPS):
        shutil.copytree(
            Path(settings.BASE_DIR) / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("import_export", "__pycache__", "*.pyc"),
        )
    (tmp_path / "locale").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [tmp_path / "locale"])
    call_command("makemessages", locale=["es"], verbosity=0)
    collected = entries(next((tmp_path / "locale").rglob("django.po")).read_text())
    assert set(collected) - set(entries(CATALOG.read_text())) == set()
