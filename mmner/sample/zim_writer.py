"""Articles as a ZIM file with a title index and a full-text index."""

from __future__ import annotations

from pathlib import Path

from libzim.writer import Creator, Hint, Item, StringProvider

from mmner.sample.articles import Article, path


class _ArchivePage(Item):
    def __init__(self, article: Article):
        super().__init__()
        self.article = article

    def get_path(self) -> str:
        return self.article.path

    def get_title(self) -> str:
        return self.article.title

    def get_mimetype(self) -> str:
        return "text/html"

    def get_contentprovider(self) -> StringProvider:
        return StringProvider(self.article.page)

    def get_hints(self) -> dict:
        return {Hint.FRONT_ARTICLE: True}


def write(file: str | Path, articles: list[Article]) -> None:
    """Write `articles` and their redirects to the ZIM file `file`; its first article is the main page."""
    with Creator(Path(file)).config_indexing(True, "eng").config_nbworkers(1).config_verbose(False) as creator:
        creator.set_mainpath(articles[0].path)
        for field, value in {
            "Title": "Sample",
            "Language": "eng",
            "Name": "mmner-sample",
            "Date": "2024-01-01",
        }.items():
            creator.add_metadata(field, value)
        for article in articles:
            creator.add_item(_ArchivePage(article))
            for title in article.redirects:
                creator.add_redirection(path(title), title, article.path, {Hint.FRONT_ARTICLE: True})
