"""A folder in which the stages that find images for sentences are run as DVC runs them."""

import subprocess
import sys
from pathlib import Path

import yaml

from mmner.networks.encoders import MINILM
from mmner.rows import parquet
from tests.corpus.folder import MAPPING, write

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "Bees\tO\nmade\tO\nHoney\tB-ORG\n\nzzzz\tO\nyyyy\tO\n"


class Folder:
    """A folder with the corpus `mine`, and its candidates: the names in capitals."""

    def __init__(self, place: Path, variant: dict):
        self.place = place
        write(place / "mine", train=TRAIN)
        tags = {"backend": "tags", "encoder": MINILM, "max_tags": 2, "max_words": 4, "min_tag_score": 0.0}
        self.params = {
            "corpora": {"mine": MAPPING, "new": MAPPING | {"images": "images", "max_failed": 0.0}},
            "preparations": {"mine": {"corpus": "mine"}},
            "images": {"new": {"corpus": "mine", "preparation": "mine"} | variant},
            "captions": {"tags": tags | {"batch_size": 4}},
        }
        self.run("examples", "--corpus mine --raw mine --examples mine/e.parquet --gold mine/g.parquet")
        rows = [
            {
                "id": row["id"],
                "spans": [
                    {"start": at, "end": at + 1, "text": token, "score": 0.9}
                    for at, token in enumerate(row["tokens"])
                    if token in ("Honey", "Mira")
                ],
                "error": None,
            }
            for row in parquet.read(place / "mine/e.parquet", "examples")
        ]
        parquet.write(place / "mine/c.parquet", "candidates", rows)

    def run(self, stage: str, arguments: str, status: int = 0) -> str:
        (self.place / "params.yaml").write_text(yaml.safe_dump(self.params, sort_keys=False), encoding="utf-8")
        command = [sys.executable, ROOT / "stages" / f"{stage}.py", *arguments.split()]
        done = subprocess.run(command, cwd=self.place, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stderr

    def images(self, status: int = 0) -> str:
        read = "--corpus new --raw mine --examples mine/e.parquet --candidates mine/c.parquet"
        return self.run("images", f"{read} --artifact out/images.parquet --out new", status)
