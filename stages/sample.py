"""Make the sample corpus: posts, images and a knowledge archive (mmner.sample says what is in it).

Writes: the folder --out, for example data/raw/sample.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder to write; what is there is replaced")
    arguments = parser.parse_args()
    from mmner import sample

    counts = sample.write(arguments.out)
    print("sample: " + ", ".join(f"{count} posts in {split}" for split, count in counts.items()), file=sys.stderr)


if __name__ == "__main__":
    run(main)
