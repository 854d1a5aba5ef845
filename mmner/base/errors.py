"""The one exception that a user's input can cause: it says what is wrong, where, and how to remedy it."""


class InputError(Exception):
    """Bad input: `name` is a stable slug, `where` a file:line or file: row, `remedy` what to do.

    Example: InputError("unknown-tag", "tag B-FOO is not in the label inventory", where="train.txt:12",
    remedy="add FOO to corpora.mine.labels or correct the line").
    """

    def __init__(self, name: str, what: str, *, where: str = "", remedy: str = ""):
        self.name, self.what, self.where, self.remedy = name, what, where, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  remedy: {self.remedy}" if self.remedy else ""
        return f"error[{self.name}] {place}{self.what}{remedy}"

    def __reduce__(self):
        """So that it can be raised again in another process."""
        return _again, (self.name, self.what, self.where, self.remedy)


def _again(name: str, what: str, where: str, remedy: str) -> InputError:
    return InputError(name, what, where=where, remedy=remedy)
