"""Encodings and line ends."""

from tests.corpus.odd.cases import AT_MIRA, POST, Read, Refused

READ = {
    "UTF-16, little end first, with a mark": Read(POST.encode("utf-16"), AT_MIRA, note="UTF-16"),
    "UTF-16, big end first, with a mark": Read(b"\xfe\xff" + POST.encode("utf-16-be"), AT_MIRA, note="UTF-16"),
    "UTF-32 with a mark": Read(POST.encode("utf-32"), AT_MIRA, note="UTF-32"),
    "UTF-8 with a mark": Read(b"\xef\xbb\xbf" + POST.encode(), AT_MIRA),
    "UTF-16 with Windows's line ends": Read(POST.replace("\n", "\r\n").encode("utf-16"), AT_MIRA, note="UTF-16"),
    "Windows's line ends": Read(POST.replace("\n", "\r\n"), AT_MIRA),
    "line ends of an old Macintosh": Read(
        f"IMGID:a.png\n{POST}\n{POST}".replace("\n", "\r"), AT_MIRA * 2, images=["a.png", None], note="\\r alone"
    ),
    "line ends doubled": Read(POST.replace("\n", "\r\r\n"), AT_MIRA),
}
REFUSED = {
    "UTF-16 without a mark": Refused(
        POST.encode("utf-16-le"), "not-utf8", 1, "iconv -f UTF-16LE", AT_MIRA, command=True
    ),
    "UTF-16 without a mark, big end first": Refused(
        POST.encode("utf-16-be"), "not-utf8", 1, "iconv -f UTF-16BE", AT_MIRA, command=True
    ),
    "UTF-16 of Chinese without a mark": Refused(
        "北 B-LOC\n京 I-LOC\n".encode("utf-16-le"),
        "not-utf8",
        1,
        "iconv -f UTF-16LE",
        [(["北", "京"], ["B-LOC", "I-LOC"])],
        command=True,
    ),
    "Latin 1": Refused(
        "Café O\nZoë B-PER\n".encode("latin-1"),
        "not-utf8",
        1,
        "iconv -f WINDOWS-1252",
        [(["Café", "Zoë"], ["O", "B-PER"])],
        command=True,
    ),
    "GB 18030": Refused(
        "北\tB-LOC\n京\tI-LOC\n".encode("gb18030"),
        "not-utf8",
        1,
        "iconv -f GB18030",
        [(["北", "京"], ["B-LOC", "I-LOC"])],
        command=True,
    ),
    "one damaged byte in UTF-8": Refused(
        "Zoë\tB-PER\ncaf\xff\tO\n".encode("latin-1").replace(b"\xeb", "ë".encode()),
        "not-utf8",
        2,
        "correct the line",
        [(["Zoë", "cafe"], ["B-PER", "O"])],
        "Zoë\tB-PER\ncafe\tO\n",
    ),
    "half a UTF-16 file": Refused(POST.encode("utf-16")[:-1], "not-utf8", 2, "get the file again", AT_MIRA, POST),
    "line ends of two kinds": Refused(
        "At\tO\rMira\tB-ORG\n", "mixed-line-ends", 1, "one kind of line ends", AT_MIRA, POST
    ),
}
