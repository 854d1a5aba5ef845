"""Headers, columns in another order, and formats that are none of ours."""

from tests.corpus.odd.cases import AT_MIRA, MIRA_SINGS, POST, Read, Refused

READ = {
    "an image with a tag": Read(
        "IMGID:a.png\tO\nMira\tB-PER\nsings\tO\n", MIRA_SINGS, images=["a.png"], note="IMGID lines with a tag"
    ),
    "an image with a tag, by a space": Read("IMGID:a.png O\nMira B-PER\nsings O\n", MIRA_SINGS, images=["a.png"]),
    "an image with a tag and columns": Read(
        "IMGID:a.png\t_\t_\tO\nMira\tx\tx\tB-PER\nsings\tx\tx\tO\n", MIRA_SINGS, images=["a.png"]
    ),
    "images with tags, no empty lines": Read(
        "IMGID:a\tO\nMira\tB-PER\nsings\tO\nIMGID:b\tO\nMira\tB-PER\nsings\tO\n", MIRA_SINGS * 2, images=["a", "b"]
    ),
    "an image with blanks in its name and a tag": Read(
        "IMGID:a b.png\tO\nMira\tB-PER\nsings\tO\n", MIRA_SINGS, images=["a b.png"]
    ),
    "an image whose name ends as a tag, among others": Read(
        f"IMGID:blood type O\n{POST}\nIMGID:a\n{POST}", AT_MIRA * 2, images=["blood type O", "a"]
    ),
    "a token that looks like an image": Read(
        "see\tO\nIMGID:7\tO\nMira\tB-PER\n", [(["see", "IMGID:7", "Mira"], ["O", "O", "B-PER"])], images=[None]
    ),
    "tags first": Read(
        "O\twhat\nO\tfilms\nB-PER\tTom\nI-PER\tHanks\n",
        [(["what", "films", "Tom", "Hanks"], ["O", "O", "B-PER", "I-PER"])],
        note="the tag first",
    ),
    "tags first, by spaces": Read("O what\nB-PER Tom\n", [(["what", "Tom"], ["O", "B-PER"])], note="the tag first"),
    "a line of column names": Read("Token\tTag\nMira\tB-PER\nsings\tO\n", MIRA_SINGS, note="1 line of column names"),
    "column names above an image": Read(
        "word tag\n\nIMGID:a\nMira B-PER\nsings O\n", MIRA_SINGS, images=["a"], note="1 line of column names"
    ),
    "numbered tokens": Read(
        "# http://x/1\n1\tMira\tB-PER\n2\tsings\tO\n\n# http://x/2\n1\tMira\tB-PER\n2\tsings\tO\n",
        MIRA_SINGS * 2,
        note="numbered tokens",
    ),
    "numbered tokens from 0, named": Read(
        "id\ttoken\ttag\n0\tMira\tB-PER\n1\tsings\tO\n", MIRA_SINGS, note="numbered tokens"
    ),
    "numbers that are tokens": Read("1 CD O\n2 CD O\nMira NNP B-PER\n", [(["1", "2", "Mira"], ["O", "O", "B-PER"])]),
    "columns in quotes": Read('"Mira"\t"B-PER"\n"sings"\t"O"\n', MIRA_SINGS, note="columns in quotes"),
    "a quote in quotes": Read('"Mira"\tB-PER\n""""\tO\n', [(["Mira", '"'], ["B-PER", "O"])]),
    "a token that is a quote": Read('"\tO\nMira\tB-PER\n', [(['"', "Mira"], ["O", "B-PER"])]),
}
REFUSED = {
    "two images": Refused(
        f"IMGID:a.png\nIMGID:b.png\n{POST}",
        "repeated-header",
        2,
        "keep one IMGID line",
        AT_MIRA,
        f"IMGID:a.png\n{POST}",
    ),
    "two ids": Refused(f"ID:a\nIMGID:b.png\nID:c\n{POST}", "repeated-header", 3, "keep one ID line", AT_MIRA, None),
    "an image without a colon": Refused(
        f"IMGID=a.png\n{POST}", "bad-header", 1, "IMGID:<image>", AT_MIRA, f"IMGID:a.png\n{POST}"
    ),
    "an image in small letters": Refused(
        f"imgid:a.png\n{POST}", "bad-header", 1, "IMGID:<image>", AT_MIRA, f"IMGID:a.png\n{POST}"
    ),
    "an image in a comment": Refused(
        f"# IMGID: a.png\n{POST}", "bad-header", 1, "IMGID:<image>", AT_MIRA, f"IMGID:a.png\n{POST}"
    ),
    "an image in two columns": Refused(
        "IMGID a.png\nAt O\nMira B-ORG\n", "bad-header", 1, "IMGID:<image>", AT_MIRA, "IMGID:a.png\nAt O\nMira B-ORG\n"
    ),
    "CoNLL-U": Refused(
        "# text = Mira sings.\n1\tMira\tMira\tPROPN\t_\t_\t2\tnsubj\t_\tNER=B-PER\n"
        "2\tsings\tsing\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n",
        "wrong-format",
        2,
        "write `token<TAB>tag`",
        MIRA_SINGS,
        command=True,
    ),
    "CoNLL-U by another key": Refused(
        "1-2\tMirasings\t_\t_\t_\t_\t_\t_\t_\t_\n1\tMira\t_\t_\t_\t_\t_\t_\t_\tx=1|Entity=B-PER\n2\tsings\t_\t_\t_\t_\t_\t_\t_\t_\n",
        "wrong-format",
        1,
        "Entity=",
        MIRA_SINGS,
        command=True,
    ),
    "CoNLL-2012": Refused(
        "#begin document (bc/x); part 000\nbc/x 0 0 Mira NNP (TOP* - - - (PER) -\n"
        "bc/x 0 1 sings VBZ * - - - * -\n\n#end document\n",
        "wrong-format",
        2,
        "write `token<TAB>tag`",
        MIRA_SINGS,
        command=True,
    ),
    "CoNLL-2012 with speakers": Refused(
        "#begin document (bc/x); part 000\nbc/x 0 0 Mira NNP (TOP* - - - Jo (PER* (ARG0* (2\n"
        "bc/x 0 1 Park NNP * - - - Jo *) *) 2)\nbc/x 0 2 sings VBZ *) sing 01 1 Jo * (V*) -\n",
        "wrong-format",
        2,
        "write `token<TAB>tag`",
        [(["Mira", "Park", "sings"], ["B-PER", "I-PER", "O"])],
        command=True,
    ),
    "commas": Refused(
        "Mira,B-PER\nsings,O\n", "wrong-format", 1, "separate them by tabs", MIRA_SINGS, "Mira\tB-PER\nsings\tO\n"
    ),
    "a web page": Refused("<!DOCTYPE html>\n<html lang=en>\n", "wrong-format", 1, "get the file itself", AT_MIRA, POST),
    "a pointer of Git LFS": Refused(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "wrong-format",
        1,
        "git lfs pull",
        AT_MIRA,
        POST,
    ),
    "a gzip file": Refused(b"\x1f\x8b\x08\x00abc", "wrong-format", 1, "gunzip", AT_MIRA, POST),
    "a spreadsheet": Refused(b"PK\x03\x04abc", "wrong-format", 1, "as text with tabs", AT_MIRA, POST),
}
