"""A run's preparation becomes a model."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, help="name in params.yaml: runs")
    parser.add_argument("--prepared", type=pathlib.Path, required=True, help="folder of the preparation's artifacts")
    parser.add_argument("--corpora", type=pathlib.Path, required=True, help="folder that holds the corpora's folders")
    parser.add_argument("--parent", type=pathlib.Path, required=True, help="model folder of the run it starts from")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="folder to write")
    parser.add_argument("--live", type=pathlib.Path, required=True, help="folder for live metrics and plots")
    parser.add_argument("--locked", type=pathlib.Path, help="the model's folder, as a dvc.lock names it (--model)")
    parser.add_argument("--params", default="params.yaml", help="where the entries stand (%(default)s)")
    args = parser.parse_args()

    from mmner.train import ranks

    if ranks.wanted() > ranks.count():
        ranks.start(sys.argv)

    from mmner.base import atomic, params, sharing
    from mmner.train import label_leakage
    from mmner.train.params import image_folder, select

    atomic.check_places(args.model, args.live, folders=True)
    all_params = params.load(args.params)
    chosen, training = select(all_params, args.run)
    sharing.check(all_params, "runs", args.run)
    label_leakage.check(chosen, training, all_params)
    corpus = label_leakage.source(all_params, params.entry(all_params, "preparations", chosen.preparation)["corpus"])
    images = image_folder(all_params, chosen.preparation, args.corpora)

    from mmner.train.inputs import Paths
    from mmner.train.run import train

    paths = Paths(args.prepared, images, args.parent, args.model, args.live, args.locked)
    train(chosen, training, corpus, paths)


if __name__ == "__main__":
    run_main(main)
