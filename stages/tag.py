"""Other systems tag the posts, language models among them, and are scored as runs are."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main
from mmner.rows import command
from mmner.rows.stages import STAGES


def main() -> None:
    stage = STAGES["tag"]
    args = command.arguments(stage, __doc__).parse_args()

    from mmner.base import params
    from mmner.evaluate import distinct, report, systems
    from mmner.rows import parquet
    from mmner.tag.params import split

    content = params.load(args.params)
    system, variant = split(content, args.variant)
    entry = params.entry(content, "evaluate", system.evaluate)
    chosen = params.build(report.Evaluation, entry, f"evaluate.{system.evaluate}")
    settings = command.corpus_settings(stage, params.entry(content, "corpora", args.corpus))
    artifacts = {"examples": args.examples, "gold": args.gold}
    computers = {"workers": args.workers, "ray": args.ray}
    command.run(
        stage, args.variant, variant, artifacts, args.out, settings, args.raw, splits=chosen.scored, **computers
    )

    examples, gold = (parquet.read(artifacts[name], name) for name in ("examples", "gold"))
    out = pathlib.Path(args.out)
    scores = systems.write(out.parent, examples, gold, parquet.read(out, "tag"), chosen)
    for name, of_split in scores.items():
        print(report.line(name, of_split).replace("evaluate:", "tag:", 1), file=sys.stderr)
    if warning := distinct.line(distinct.of_rows(examples)):
        print(warning.replace("evaluate:", "tag:", 1), file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
