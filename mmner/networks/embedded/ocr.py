"""Text in an image, Latin and Chinese, as lines with their boxes (RapidOCR: PP-OCRv6 small through onnxruntime)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LONG_SIDE = 960  # pixels; larger images are scaled down, which costs small print in photographs and saves seconds
SHORT_SIDE = 384  # pixels that the detector works on at least
MAX_RATIO = 4  # of long to short side; narrower images are padded, else the detector would blow them up
MIN_SCORE = 0.8  # mean probability of a line's characters; patterns in photographs that are no text stay below


class Reader:
    """The OCR engine, loaded at its first use. Uses as many threads as torch does."""

    identity = "rapidocr PP-OCRv6 small"

    @cached_property
    def _engine(self):
        import torch
        from rapidocr import ModelType, OCRVersion, RapidOCR

        models = {"ocr_version": OCRVersion.PPOCRV6, "model_type": ModelType.SMALL}
        return RapidOCR(
            params={
                "Global.log_level": "critical",  # else it logs the path of each model, and each image without text
                "Global.text_score": MIN_SCORE,
                "Global.use_cls": False,  # tells upside-down lines, which are rare, and costs time for each line
                "EngineConfig.onnxruntime.intra_op_num_threads": torch.get_num_threads(),
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                # Else each image's tensors, megabytes of any size, tear the C library's heap into pieces.
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
                **{f"{part}.{name}": value for part in ("Det", "Rec") for name, value in models.items()},
                "Det.limit_type": "min",
                "Det.limit_side_len": SHORT_SIDE,
                "Rec.rec_batch_num": 1,  # more are padded to the widest, so that a line's text depends on the others
            }
        )

    def __call__(self, image: Image) -> list[dict]:
        """Lines of an RGB image in reading order: [{text, score, box}], box in 0..1 of width and height."""
        import numpy as np
        from PIL import Image

        small = _within(image, LONG_SIDE)
        width, height = small.size
        least = -(-max(small.size) // MAX_RATIO)
        padded = Image.new("RGB", (max(width, least), max(height, least)))
        padded.paste(small)
        reading = self._engine(np.ascontiguousarray(np.asarray(padded)[:, :, ::-1]))  # it takes BGR
        if reading.boxes is None:
            return []
        lines = []
        for corners, text, score in zip(reading.boxes.tolist(), reading.txts, reading.scores, strict=True):
            x, y = zip(*corners, strict=True)
            box = {
                "x0": min(max(min(x) / width, 0.0), 1.0),
                "y0": min(max(min(y) / height, 0.0), 1.0),
                "x1": min(max(x) / width, 1.0),
                "y1": min(max(y) / height, 1.0),
            }
            if any(map(str.isalnum, text)):  # stars and stripes are read as such, with certainty
                lines.append({"text": " ".join(text.split()), "score": float(score), "box": box})
        return reading_order(lines, width / height)


def _within(image: Image, side: int) -> Image:
    """`image` scaled down to `side` pixels at most, one pixel at least: an image of 2500 x 1 has a height, too."""
    largest = max(image.size)
    if largest <= side:
        return image
    return image.resize([max(round(length / largest * side), 1) for length in image.size])


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
