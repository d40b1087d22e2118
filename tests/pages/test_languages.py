"""English and Spanish are complete."""

import re
import shutil
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

CATALOG = Path(settings.BASE_DIR) / "locale" / "es" / "LC_MESSAGES" / "django.po"
ENTRY = re.compile(r'^msgid (?P<one>(?:".*"\n)+)(?:msgid_plural (?P<many>(?:".*"\n)+))?(?P<said>(?:msgstr(?:\[\d\])? (?:".*"\n?)+)+)', re.M)
PLACE = re.compile(r"%\(\w+\)[sd]")


def text_of(quoted: str) -> str:
    return "".join(re.findall(r'"(.*)"', quoted))


def entries(catalog: str) -> dict[str, list[str]]:
    """msgid → its translations."""
    found = {}
    for match in ENTRY.finditer(catalog):
        said = [text_of(part) for part in re.split(r"msgstr(?:\[\d\])? ", match["said"])[1:]]
        found[text_of(match["one"])] = said
    return found


def test_every_sentence_has_its_spanish() -> None:
    known = entries(CATALOG.read_text())
    assert len(known) > 150
    assert [sentence for sentence, said in known.items() if sentence and not all(said)] == []
    assert "#, fuzzy" not in CATALOG.read_text()


def test_translations_fill_in_the_same_figures() -> None:
    for sentence, said in entries(CATALOG.read_text()).items():
        if sentence:
            assert all(sorted(PLACE.findall(text)) == sorted(PLACE.findall(sentence)) for text in said), sentence


def test_the_compiled_catalog_is_of_this_one() -> None:
    with CATALOG.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for sentence, said in entries(CATALOG.read_text()).items():
        if sentence and len(said) == 1:
            plain = sentence.replace("\\n", "\n").replace('\\"', '"')
            assert compiled.gettext(plain) == said[0].replace("\\n", "\n").replace('\\"', '"')


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext isn't on this machine, so nothing can be collected")
def test_nothing_that_pages_say_is_missing_in_the_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("templates", "core", "customers", "interactions", "appointments", "analytics", "crm"):
        shutil.copytree(Path(settings.BASE_DIR) / name, tmp_path / name, ignore=shutil.ignore_patterns("admin", "__pycache__", "*.pyc"))
    (tmp_path / "locale").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [tmp_path / "locale"])
    call_command("makemessages", locale=["es"], verbosity=0)
    collected = entries(next((tmp_path / "locale").rglob("django.po")).read_text())
    assert set(collected) - set(entries(CATALOG.read_text())) == set()
