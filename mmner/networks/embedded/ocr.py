"""Text in an image, Latin and Chinese, as lines with their boxes (RapidOCR: PP-OCRv4 through onnxruntime)."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

LONG_SIDE = 960  # pixels; larger images are scaled down, which costs small print in photographs and saves seconds
SHORT_SIDE = 384  # pixels that the detector works on at least
MAX_RATIO = 4  # of long to short side; narrower images are padded, else the detector would blow them up
MIN_SCORE = 0.6  # mean probability of a line's characters

# The recogniser fuses words ("ELSTOWRIVERFESTIVAL"), yet gives a space some probability where one is. Relative to the
# best character there: SURE makes a space, MAYBE makes one where the word list also divides the letters.
SURE, MAYBE = 0.1, 0.01
MARK = "\u200b"  # a MAYBE within a line


class Reader:
    """The OCR engine, loaded at its first use. Uses as many threads as torch does."""

    identity = "rapidocr-onnxruntime PP-OCRv4"

    @cached_property
    def _engine(self):
        import torch
        from rapidocr_onnxruntime import RapidOCR

        engine = RapidOCR(
            intra_op_num_threads=torch.get_num_threads(),
            inter_op_num_threads=1,
            det_limit_type="min",
            det_limit_side_len=SHORT_SIDE,
            text_score=MIN_SCORE,
        )
        engine.use_cls = False  # tells upside-down lines, which are rare, and costs as much as reading
        engine.text_rec.postprocess_op = _Decoder(engine.text_rec.postprocess_op.character)
        return engine

    def __call__(self, image: Image) -> list[dict]:
        """Lines of an RGB image in reading order: [{text, score, box}], box in 0..1 of width and height."""
        import numpy as np
        from PIL import Image

        small = _within(image, LONG_SIDE)
        width, height = small.size
        least = -(-max(small.size) // MAX_RATIO)
        padded = Image.new("RGB", (max(width, least), max(height, least)))
        padded.paste(small)
        found, _ = self._engine(np.ascontiguousarray(np.asarray(padded)[:, :, ::-1]))  # it takes BGR
        lines = []
        for corners, text, score in found or []:
            x, y = zip(*corners, strict=True)
            box = {
                "x0": min(max(min(x) / width, 0.0), 1.0),
                "y0": min(max(min(y) / height, 0.0), 1.0),
                "x1": min(max(x) / width, 1.0),
                "y1": min(max(y) / height, 1.0),
            }
            if text := respace(text):
                lines.append({"text": text, "score": float(score), "box": box})
        return reading_order(lines, width / height)


def _within(image: Image, side: int) -> Image:
    """`image` scaled down to `side` pixels at most, one pixel at least: an image of 2500 x 1 has a height, too."""
    largest = max(image.size)
    if largest <= side:
        return image
    return image.resize([max(round(length / largest * side), 1) for length in image.size])


class _Decoder:
    """CTC decoding that keeps weak evidence for a space; stands in for RapidOCR's own, which takes the best alone."""

    def __init__(self, characters: list[str]):
        self.character = characters  # first the blank, last the space

    def __call__(self, predictions: np.ndarray, *_, **__) -> list[tuple[str, float]]:
        """Probabilities (lines, columns, characters) -> (text with spaces and MARKs, mean probability) a line."""
        import numpy as np

        best, odds = predictions.argmax(2), predictions.max(2)
        gaps = predictions[:, :, -1] / odds
        space = len(self.character) - 1
        answers = []
        for line in range(len(best)):
            text, certain, gap, previous = [], [], 0.0, 0
            for column, index in enumerate(best[line]):
                if index in (0, space, previous):
                    gap = max(gap, gaps[line, column])
                else:
                    text.append(" " if gap >= SURE else MARK if gap >= MAYBE else "")
                    text.append(self.character[index])
                    certain.append(odds[line, column])
                    gap = 0.0
                previous = index
            answers.append(("".join(text), float(np.mean(certain)) if certain else 0.0))
        return answers


def respace(text: str) -> str:
    """`text` with each MARK made a space where the English word list divides the Latin letters around it.

    Case stays; names that the list doesn't know stay whole where nothing in the image speaks for a space.
    """
    import wordninja

    def divide(match: re.Match) -> str:
        pieces = match[0].split(MARK)
        whole = "".join(pieces)
        ends = set(accumulate(len(word) for word in wordninja.split(whole)))
        at, out = 0, pieces[0]
        for before, piece in zip(pieces, pieces[1:], strict=False):
            at += len(before)
            out += (" " if at in ends else "") + piece
        return out

    text = re.sub(rf"[A-Za-z0-9]+(?:{MARK}[A-Za-z0-9]+)+", divide, text)
    return " ".join(text.replace(MARK, "").split())


def reading_order(lines: list[dict], ratio: float = 1.0) -> list[dict]:
    """`lines` as one reads them: rows from the top, or, where most are upright columns, columns from the right.

    `ratio`: the image's width over its height.
    """
    columns = [line for line in lines if _height(line) > 1.5 * ratio * _width(line)]
    if len(columns) * 2 > len(lines):
        return sorted(lines, key=lambda line: (-line["box"]["x1"], line["box"]["y0"]))
    ordered: list[dict] = []
    row: list[dict] = []
    for line in sorted(lines, key=lambda line: line["box"]["y0"] + line["box"]["y1"]):
        middle = (line["box"]["y0"] + line["box"]["y1"]) / 2
        if row and middle > row[0]["box"]["y1"]:
            ordered += sorted(row, key=lambda line: line["box"]["x0"])
            row = []
        row.append(line)
    return ordered + sorted(row, key=lambda line: line["box"]["x0"])


def _height(line: dict) -> float:
    return line["box"]["y1"] - line["box"]["y0"]


def _width(line: dict) -> float:
    return line["box"]["x1"] - line["box"]["x0"]
