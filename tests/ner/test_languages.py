"""Codes of languages, in whatever form, are one language; what is none is refused with what to write."""

import pytest

from mmner.base.errors import InputError
from mmner.ner import languages, text
from tests.corpus.folder import corpus

FORMS = {  # as users write it -> as artifacts have it
    "en": "en",
    "zh": "zh",
    "ZH": "zh",
    "zho": "zh",
    "chi": "zh",
    "cmn": "zh",
    "zh_CN": "zh-CN",
    "zh-cn": "zh-CN",
    "zh-hant-tw": "zh-Hant-TW",
    "zh-yue": "yue",
    "yue": "yue",
    "eng": "en",
    "EN_us": "en-US",
    "ger": "de",
    "deu": "de",
    "jpn": "ja",
    "tha": "th",
    "bur": "my",
    "tib": "bo",
    "iw": "he",
    "sr-Latn": "sr-Latn",
    "de-CH-1901": "de-CH-1901",
    "es-419": "es-419",
    "gsw": "gsw",
    "en-x-tweets": "en-x-tweets",
}


@pytest.mark.parametrize(("written", "folded"), FORMS.items())
def test_forms_of_a_code_are_one(written, folded):
    assert languages.fold(written) == folded
    assert languages.fold(folded) == folded
    assert corpus(language=written).language == folded


@pytest.mark.parametrize(
    "code", ["zh", "zh_CN", "ZH", "zho", "yue", "zh-Hant", "cmn", "wuu", "ja_JP", "tha", "lo", "khm"]
)
def test_what_is_written_without_spaces_is_joined_without(code):
    assert text.sentence(["北", "京"], code) == "北京"


@pytest.mark.parametrize("code", ["en", "de-CH", "vi", "ko", "kor", "zh-Latn", "zz-unknown"])
def test_the_rest_is_joined_with_spaces(code):
    assert text.sentence(["Bei", "jing"], code) == "Bei jing"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("Chinese", "write one of BCP 47"),
        ("english", "write one of BCP 47"),
        ("", "write one of BCP 47"),
        ("z", "write one of BCP 47"),
        ("zh CN", "write one of BCP 47"),
        ("zh_CN.UTF-8", "write one of BCP 47"),
        ("en, de", "write one of BCP 47"),
        ("cn", "write zh"),
        ("jp", "write ja"),
        ("xx", "no language of ISO 639"),
    ],
)
def test_what_is_no_language_is_refused_with_what_to_write(code, advice):
    with pytest.raises(InputError, match=advice) as caught:
        corpus(language=code)
    assert (caught.value.name, caught.value.where) == ("bad-params", "params.yaml: corpora.mine")


def test_a_language_that_yaml_reads_as_false_wants_quotes():
    with pytest.raises(InputError, match="quotes"):
        corpus(language=False)
