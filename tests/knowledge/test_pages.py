"""Leads and disambiguation pages as encyclopedias write them."""

from mmner.knowledge.pages import disambiguation_links, lead

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


def test_meanings_are_the_inner_links_of_a_disambiguation_page():
    page = (
        b'<p><b>Esk</b> may refer to:</p><ul><li><a href="./Esk_(film)#cast">a film</a>, <a href="Esk%20river">b</a>'
        b'</li><li><a href="https://x.org/">out</a> <a href="#top">up</a> <a href="Esk_(film)">again</a></li></ul>'
    )
    assert disambiguation_links(page, "Esk") == ["Esk_(film)", "Esk river"]
    assert disambiguation_links(page, "A/Esk") == ["A/Esk_(film)", "A/Esk river"]
    assert disambiguation_links(WIKIPEDIA, "Esk") is None
