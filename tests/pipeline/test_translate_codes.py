"""Codes of a translated text: more of them than are read is told."""

import pytest

from models.fakes import FakeEngine
from service.domain import Lang, TranslationRequest, WarningCode
from service.pipeline.drivers import LocalTranslator
from service.text.decoders import MAX_CODES


@pytest.mark.parametrize("more", [0, 1], ids=["all", "too-many"])
def test_translate_says_when_it_stops_reading_codes(more: int) -> None:
    text = "yyds，" * (MAX_CODES + more)
    translator = LocalTranslator(FakeEngine(), beam_size=2)
    [done] = translator.translate([TranslationRequest(text, Lang.EN, decode=True)])
    assert len(done.decoded) == MAX_CODES
    told = [one for one in done.warnings if one.code is WarningCode.CODES_LIMITED]
    assert len(told) == more
    assert all((one.start, one.end) == (0, len(text)) for one in told)
