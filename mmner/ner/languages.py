"""Codes of languages, folded to one form: that of BCP 47, with the shortest code of ISO 639."""

from __future__ import annotations

import re
from functools import cache

# ISO 639-1, then 639-2/T and, where it differs, 639-2/B.
_CODES = """
aa aar, ab abk, ae ave, af afr, ak aka, am amh, an arg, ar ara, as asm, av ava, ay aym, az aze, ba bak, be bel, bg
bul, bh bih, bi bis, bm bam, bn ben, bo bod tib, br bre, bs bos, ca cat, ce che, ch cha, co cos, cr cre, cs ces
cze, cu chu, cv chv, cy cym wel, da dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, eo epo, es spa,
et est, eu eus baq, fa fas per, ff ful, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle, gd gla, gl glg, gn
grn, gu guj, gv glv, ha hau, he heb, hi hin, ho hmo, hr hrv, ht hat, hu hun, hy hye arm, hz her, ia ina, id ind,
ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice, it ita, iu iku, ja jpn, jv jav, ka kat geo, kg kon, ki kik, kj
kua, kk kaz, kl kal, km khm, kn kan, ko kor, kr kau, ks kas, ku kur, kv kom, kw cor, ky kir, la lat, lb ltz, lg
lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav, mg mlg, mh mah, mi mri mao, mk mkd mac, ml mal, mn mon, mr
mar, ms msa may, mt mlt, my mya bur, na nau, nb nob, nd nde, ne nep, ng ndo, nl nld dut, nn nno, no nor, nr nbl,
nv nav, ny nya, oc oci, oj oji, om orm, or ori, os oss, pa pan, pi pli, pl pol, ps pus, pt por, qu que, rm roh, rn
run, ro ron rum, ru rus, rw kin, sa san, sc srd, sd snd, se sme, sg sag, si sin, sk slk slo, sl slv, sm smo, sn
sna, so som, sq sqi alb, sr srp, ss ssw, st sot, su sun, sv swe, sw swa, ta tam, te tel, tg tgk, th tha, ti tir,
tk tuk, tl tgl, tn tsn, to ton, tr tur, ts tso, tt tat, tw twi, ty tah, ug uig, uk ukr, ur urd, uz uzb, ve ven, vi
vie, vo vol, wa wln, wo wol, xh xho, yi yid, yo yor, za zha, zh zho chi, zu zul
"""
_SHORTEST = {long: short for short, *others in map(str.split, _CODES.split(",")) for long in others} | {"cmn": "zh"}
_TWO = frozenset(_SHORTEST.values()) | {"sh"}
_OLD = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}  # withdrawn from ISO 639-1, still met
# Countries' codes that are met as languages', and are none.
_COUNTRIES = {
    "cn": "zh",
    "tw": "zh",
    "hk": "zh",
    "jp": "ja",
    "kr": "ko",
    "cz": "cs",
    "dk": "da",
    "gr": "el",
    "ua": "uk",
}
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<extended>[a-z]{3}))?(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-[a-wyz0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE,
)

# Written without spaces between words: Chinese in all its languages, Japanese, Thai, Lao, Khmer, Burmese, Tibetan.
UNSPACED = frozenset(
    ("zh", "yue", "wuu", "hak", "nan", "gan", "hsn", "cdo", "cjy", "cpx", "czh", "czo", "mnp", "lzh")
    + ("ja", "th", "lo", "km", "my", "bo", "dz")
)


@cache
def fold(code: str) -> str:
    """`code` in one form: zh_CN -> zh-CN, ZH -> zh, zho and chi and cmn -> zh, zh-yue -> yue, EN-us -> en-US.

    Errors: ValueError, with what to write instead, where it is no code of BCP 47 or ISO 639. A code of three letters
    that ISO 639-2 lacks is taken as one of ISO 639-3, and not looked up.
    """
    parts = _TAG.fullmatch(code.replace("_", "-"))
    if not parts:
        raise ValueError(f"{code!r} is no code of a language: write one of BCP 47, such as en, de or zh-CN")
    language = (parts["extended"] or parts["language"]).lower()
    language = _OLD.get(language, _SHORTEST.get(language, language))
    if len(language) == 2 and language not in _TWO:
        meant = f": {code} is a country, write {_COUNTRIES[language]}" if language in _COUNTRIES else ""
        raise ValueError(f"{code!r} is no language of ISO 639{meant or '; such as en, de or zh'}")
    script, region = (parts["script"] or "").title(), (parts["region"] or "").upper()
    return "-".join(filter(None, (language, script, region))) + parts["rest"].lower()


def spaced(code: str) -> bool:
    """Whether language `code`, in any form that `fold` knows, is written with spaces between words; so is an unknown.

    Latin letters (zh-Latn) are, whatever the language.
    """
    try:
        language, *rest = fold(code).split("-")
    except ValueError:
        return True
    return language not in UNSPACED or "Latn" in rest
