"""A trained network at work: tags, how sure it is of them, and what it weighed, for each post."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmner.ner import iob
from mmner.rows.schemas import DECIMALS
from mmner.train import data
from mmner.train.params import Training


@dataclass(frozen=True)
class Tagged:
    """What a model says of one post. confidence: of each tag, its marginal probability, 0..1.

    entities: (start, end, label, probability of that whole span), end exclusive, in tokens.
    gate: g of TVO eq. 4, the weight of the text in 0..1; None where the model has no gate, or nothing to weigh.
    weights: ω of TVO eq. 3 by kind (vae, global, regions), which sum to 1; {} where the model fuses nothing.
    windows: how many the encoder read the sentence in. regions: of a model that learnt grounding, for each predicted
    entity and each of gold, by (start, end), the probability that each region shows it, rounded as it is stored.
    """

    tags: list[str]
    confidence: list[float]
    entities: list[tuple[int, int, str, float]]
    gate: float | None = None
    weights: dict[str, float] | None = None
    windows: int = 1
    regions: dict[tuple[int, int], list[float]] | None = None


class Network:
    """The model in folder `model`, on the best device. Errors: those of `mmner.model.files.load`."""

    def __init__(self, model: Path):
        from mmner.model import files, text_encoder
        from mmner.networks import device

        network, self._tokenizer, self.about = files.load(model)
        training = Training.model_validate(self.about["training"]["training"])
        self.switches, self._pad = network.switches, self._tokenizer.pad_token_id
        self._encoding = text_encoder.encoding(network.architecture, network.encoder, self._tokenizer)
        self._device = device.best()
        # In bf16 a score would depend on the post's neighbours in its third decimal: for those who ask for it alone.
        precision = "bf16" if training.precision == "bf16" else "float32"
        self._autocast = device.autocast(precision, self._device)
        self.batch_size, self._max_pieces = 2 * training.batch_size, training.max_pieces
        self._network = network.to(self._device).eval()

    def __call__(
        self,
        posts: data.Rows,
        chosen: Sequence[int],
        *,
        batch_size: int | None = None,
        tell: Callable[[int], None] | None = None,
    ) -> list[Tagged]:
        """What the model says of rows `chosen` of `posts`, in their order.

        batch_size: posts at a time; None: twice those of a step of training. tell: called with how many a batch had.
        A post's answer depends on its neighbours in the last digits alone: batches are padded.
        """
        import torch

        from mmner.model.batch import collate

        examples = data.encode(posts, chosen, self._encoding, self.switches)
        answers: list = [None] * len(examples)
        network = self._network
        for numbers in data.by_length(examples, batch_size or self.batch_size, self._max_pieces):
            taken = [examples[number] for number in numbers]
            batch = collate(taken, network.visual_width, self._pad, network.tower).to(self._device)
            with torch.no_grad(), self._autocast():
                output = network(batch)
            best, confidence = network.crf.decode(output.emissions, batch.mask)
            tags = [[network.crf.tags[tag] for tag in row] for row in best]
            found = [iob.spans(row) for row in tags]
            scores = network.crf.span_probabilities(output.emissions, batch.mask, found)
            gate = output.gate.float().flatten().tolist() if output.gate is not None else None
            weights = output.weights.float().tolist() if output.weights is not None else None
            grounded = self._ground(posts, [chosen[number] for number in numbers], found, output)
            for row, number in enumerate(numbers):
                answers[number] = Tagged(
                    tags[row],
                    confidence[row],
                    [(*span, score) for span, score in zip(found[row], scores[row], strict=True)],
                    gate[row] if gate else None,
                    dict(zip((kind.rstrip("_") for kind in network.kinds), weights[row], strict=True))
                    if weights
                    else {},
                    len(examples[number].text.windows),
                    grounded[row],
                )
            if tell:
                tell(len(numbers))
        return answers

    def _ground(
        self, posts: data.Rows, numbers: Sequence[int], found: Sequence[Sequence[tuple[int, int, str]]], output
    ) -> list[dict[tuple[int, int], list[float]] | None]:
        """`Tagged.regions` of each of rows `numbers` of `posts`, whose predicted entities are `found`."""
        grounder = self._network.grounder
        if grounder is None:
            return [None] * len(numbers)
        import torch

        from mmner.model.batch import pair_tensors

        result, of_rows = [], []
        for number, predicted in zip(numbers, found, strict=True):
            row = posts.rows[number]
            gold = iob.spans(row.get("as_written") or row.get("tags") or ())
            spans = dict.fromkeys(span[:2] for span in (*predicted, *gold))
            of_rows.append(data.region_pairs(row, posts.visual[number], [*spans]))
            result.append({span: [] for span in spans})
        tensors = {name: tensor.to(self._device) for name, tensor in pair_tensors(of_rows).items()}
        if tensors:
            with torch.no_grad(), self._autocast():
                logits = grounder(output.tokens, output.regions, tensors["pairs"], tensors["pair_features"])
            scores = iter(torch.sigmoid(logits.float()).tolist())
            for spans, of_row in zip(result, of_rows, strict=True):
                for pair in of_row:
                    spans[pair.start, pair.end].append(round(next(scores), DECIMALS))  # as it is stored
        return result
