"""Leads and disambiguation pages as encyclopedias write them."""

import pytest

from mmner.knowledge.pages import disambiguation_links, lead, sentences

WIKIPEDIA = b"""<html><head><title>Esk</title><style>.x{}</style></head><body>
<div class="hatnote">For the film, see <a href="Esk_(film)">Esk (film)</a>.</div>
<table class="infobox"><tr><td><p>Length 30 km.</p></td></tr></table>
<p class="mw-empty-elt"></p><p><span id="coordinates">55 N</span></p>
<p>The <b>Esk</b> (c. 30 km) is a river near St. Abbs, named after J. R. Esk.<sup class="reference">[1]</sup>
It is short.</p><p>Third sentence.</p><h2>History</h2><p>Long ago.</p></body></html>"""


def test_a_lead_is_text_without_what_surrounds_it():
    assert lead(WIKIPEDIA, 1) == "The Esk (c. 30 km) is a river near St. Abbs, named after J. R. Esk."
    assert lead(WIKIPEDIA, 3).endswith("It is short. Third sentence.")


def test_a_page_without_a_paragraph_has_no_lead():
    assert lead(b"", 2) == ""
    assert lead(b"<html><body><ul><li>x</li></ul></body></html>", 2) == ""


def test_a_page_with_its_first_paragraph_under_a_heading_has_a_lead():
    assert lead(b"<body><h2>Esk</h2><p>A river.</p></body>", 2) == "A river."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ada Fox (born 1901 in Reading, U.K.) was a painter. She died.", ["(born 1901 in Reading, U.K.) was", "She"]),
        ('She said "Go!" and left. Then she came.', ['"Go!" and left.', "Then she came."]),
        ('She said "Go!" Then she came.', ['She said "Go!"', "Then she came."]),
        ("It fell (in the U.K.) Later it rose.", ["(in the U.K.) Later it rose."]),
        ("Founded c. 1900 (as Fox & Co.) by A. B. It grew.", ["(as Fox & Co.) by A. B. It grew."]),
        ("‘Is it?’ he asked. (It was.) “Yes!” It ended.", ["‘Is it?’ he asked.", "(It was.)", "“Yes!”", "It ended."]),
    ],
)
def test_a_bracket_or_quote_after_a_stop_is_kept(text, parts):
    cut = sentences(text)
    assert " ".join(cut) == text
    assert len(cut) == len(parts)
    assert all(part in whole for part, whole in zip(parts, cut, strict=True))


def test_sentences_end_in_other_scripts_too():
    assert sentences("蜂蜜是甜的。它很好吃。") == ["蜂蜜是甜的。", "它很好吃。"]
    assert sentences("「好。」他说。") == ["「好。」", "他说。"]
    assert sentences("नेपाल एक देश है। यह सुन्दर है।") == ["नेपाल एक देश है।", "यह सुन्दर है।"]
    assert sentences("کیا یہ ہے؟ ہاں۔ اچھا") == ["کیا یہ ہے؟", "ہاں۔", "اچھا"]
    assert sentences("Is it? Yes! It costs 3.5 p. a pot.") == ["Is it?", "Yes!", "It costs 3.5 p. a pot."]


def test_meanings_are_the_inner_links_of_a_disambiguation_page():
    page = (
        b'<p><b>Esk</b> may refer to:</p><ul><li><a href="./Esk_(film)#cast">a film</a>, <a href="Esk%20river">b</a>'
        b'</li><li><a href="https://x.org/">out</a> <a href="#top">up</a> <a href="Esk_(film)">again</a></li></ul>'
    )
    assert disambiguation_links(page, "Esk") == ["Esk_(film)", "Esk river"]
    assert disambiguation_links(page, "A/Esk") == ["A/Esk_(film)", "A/Esk river"]
    assert disambiguation_links(WIKIPEDIA, "Esk") is None
