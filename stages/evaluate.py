"""A trained run is scored on dev, and on test where its variant says so."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", required=True, help="entry of params.yaml's section evaluate")
    parser.add_argument("--preparation", required=True, help="name in params.yaml: preparations")
    parser.add_argument("--corpora", required=True, help="folder that holds the corpora's folders")
    parser.add_argument("--prepared", type=pathlib.Path, required=True, help="folder of the preparation's artifacts")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="folder of the trained model")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write predictions and metrics to")
    parser.add_argument("--params", default="params.yaml", help="where the entries stand (%(default)s)")
    args = parser.parse_args()

    from mmner.base import atomic, params
    from mmner.evaluate import distinct, grounding, report

    atomic.check_places(args.out, folders=True)
    all_params = params.load(args.params)
    entry = params.entry(all_params, "evaluate", args.variant)
    chosen = params.build(report.Evaluation, entry, f"evaluate.{args.variant}")

    from mmner.predict import known
    from mmner.train.params import image_folder

    images = image_folder(all_params, args.preparation, args.corpora)
    artifact = args.out / "predictions.parquet"
    learnt: dict = {}
    predictions, key = known.apply(args.model, args.prepared, chosen.scored, images, artifact, regions=learnt)
    grounded = grounding.ground(predictions, args.prepared, chosen.bootstrap, learnt)
    proof = distinct.read(args.prepared)
    scores = report.write(args.out, predictions, chosen, key, proof, grounded)
    known.remember(key, artifact)
    for split, of_split in scores.items():
        print(report.line(split, of_split), file=sys.stderr)
        if split in grounded.scores:
            print(grounding.line(split, grounded.scores[split]), file=sys.stderr)
    if warning := distinct.line(proof):
        print(warning, file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
