"""What a MediaWiki's API may answer, in format version 2: one schema, by which every query reads its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import unquote

import pydantic
from pydantic import BeforeValidator, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[int, Field(gt=0, lt=2**63)]
# PHP writes an empty map as a list.
Map = Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value == [] else value)]


class _Part(pydantic.BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Step(_Part):
    """A title that leads to another one: normalized, converted, or by a redirect."""

    origin: Text = Field(alias="from")
    to: Text
    fromencoded: bool = False

    @property
    def title(self) -> str:
        return unquote(self.origin) if self.fromencoded else self.origin


class Named(_Part):
    """A hit of a search, or a title of another wiki."""

    title: Text


class MainSlot(_Part):
    content: str | None = None


class Slots(_Part):
    main: MainSlot


class Revision(_Part):
    slots: Slots | None = None  # none where the text is hidden


class FileField(_Part):
    value: Any = None


class NamedField(_Part):
    name: str | int
    value: Any = None


class ImageInfo(_Part):
    url: str | None = None
    thumburl: str | None = None
    mime: str | None = None
    thumbmime: str | None = None
    user: str | None = None
    descriptionurl: str | None = None
    extmetadata: Annotated[dict[str, FileField], BeforeValidator(lambda value: {} if value == [] else value)] | None = (
        None
    )
    commonmetadata: list[NamedField] | None = None

    @pydantic.model_validator(mode="after")
    def _has_a_page(self) -> ImageInfo:
        if (self.url or self.thumburl) and not self.descriptionurl:
            raise ValueError("a file without the address of its page")
        return self


class WikiPage(_Part):
    """A page, existing or missing, or a title that no page can have."""

    title: Text
    ns: int | None = None
    missing: bool = False
    invalid: bool = False
    known: bool = False  # missing here, and shown all the same: a file of Commons
    pageid: Id | None = None
    lastrevid: Id | None = None
    canonicalurl: Text | None = None
    extract: str | None = None
    pageprops: Map = Field(default_factory=dict)
    revisions: list[Revision] | None = None
    pageimage: Text | None = None
    imagerepository: str | None = None
    imageinfo: list[ImageInfo] | None = None
    index: int | None = None

    @property
    def exists(self) -> bool:
        return not self.missing and not self.invalid

    @pydantic.model_validator(mode="after")
    def _has_an_id(self) -> WikiPage:
        special = self.ns is not None and self.ns < 0
        if self.exists and not special and (self.ns is None or self.pageid is None):
            raise ValueError("a page that is neither missing nor has an id")
        return self

    def lacks(self, needed: Sequence[str]) -> bool:
        """Whether one of the fields `needed` is not there, though the page is."""
        if self.missing and self.known:
            return "imageinfo" in needed and self.imageinfo is None
        if not self.exists or (self.ns or 0) < 0:
            return False
        present = {name for name in needed if getattr(self, name) is not None}
        if self.imagerepository == "":  # a page about a file that is not there
            present.add("imageinfo")
        return not set(needed) <= present


class Query(_Part):
    """An answer's part `query`, and what it is after its continuations."""

    pages: list[WikiPage] = Field(default_factory=list)
    normalized: list[Step] = Field(default_factory=list)
    converted: list[Step] = Field(default_factory=list)
    redirects: list[Step] = Field(default_factory=list)
    interwiki: list[Named] = Field(default_factory=list)
    search: list[Named] | None = None

    def joined(self, further: Query) -> Query:
        """This answer with its continuation `further`: a page's fields may come in several of them."""
        pages = {page.title: page for page in self.pages}
        for page in further.pages:
            new = {name: getattr(page, name) for name in page.model_fields_set}
            pages[page.title] = pages[page.title].model_copy(update=new) if page.title in pages else page
        search = None if self.search is further.search is None else (self.search or []) + (further.search or [])
        return Query(
            pages=list(pages.values()),
            normalized=self.normalized + further.normalized,
            converted=self.converted + further.converted,
            redirects=self.redirects + further.redirects,
            interwiki=self.interwiki + further.interwiki,
            search=search,
        )

    def pages_of(self, titles: Sequence[str]) -> dict[str, WikiPage | None]:
        """Title -> the page that it leads to, for each of `titles`; None where it leads to another wiki or in a circle.

        A title on which the answer says nothing is left out.
        """
        steps = {step.title: step.to for step in (*self.normalized, *self.converted, *self.redirects)}
        pages: dict[str, WikiPage | None] = {page.title: page for page in self.pages}
        elsewhere = {link.title for link in self.interwiki}
        answered: dict[str, WikiPage | None] = {}
        for title in titles:
            target, passed = title, set()
            while target in steps and target not in passed:
                passed.add(target)
                target = steps[target]
            if target in passed or target in elsewhere:
                answered[title] = pages.get(target)
            elif target in pages:
                answered[title] = pages[target]
        return answered


class Failure(_Part):
    code: str
    info: str = ""


class Answer(_Part):
    """A whole answer: an error, or a query's; `continue` where there is more."""

    error: Failure | None = None
    batchcomplete: bool = False
    query: Query = Field(default_factory=Query)
    onward: dict[str, str | int] = Field(default_factory=dict, alias="continue")
    warnings: Map = Field(default_factory=dict)

    @pydantic.model_validator(mode="after")
    def _is_whole(self) -> Answer:
        if not (self.error or self.batchcomplete or self.onward):
            raise ValueError("neither complete nor continued")
        return self


def problem_of(error: pydantic.ValidationError) -> str:
    """The first thing in an answer that does not fit, in a few words."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}"[:200]
