"""The tagger's network: any encoder, dropout, and a linear layer over B, I, O at each token's first word piece.

Shapes: B sentences, W windows of L word pieces, n tokens, d encoder width.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mmner.networks import device, encoders
from mmner.networks.budget import Lengths
from mmner.networks.schedules import warm_up_and_decay
from mmner.networks.windows import Encoded, TextEncoding

TAGS = ("O", "B", "I")
OVERLAP = 64  # word pieces that neighbouring windows of a long sentence share
WARM_UP_SHARE = 0.1  # share of the steps
MAX_GRADIENT_NORM = 1.0
# When tagging, the network always sees BATCH windows, padded to one of LENGTHS by their own length alone. In another
# shape it computes in another order, and what a sentence gets would depend on the sentences beside it.
BATCH, LENGTHS = 8, (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


class TaggerNetwork(nn.Module):
    """Tokens -> a distribution over `tags` for each."""

    def __init__(self, params, tags: Sequence[str] = TAGS):
        super().__init__()
        self.tags = tuple(tags)
        self.autocast = device.autocast(params.precision, device.best(), training=True)
        self.tokenizer = encoders.tokenizer(params.encoder)
        self.encoder = encoders.network(params.encoder, params.attention_dropout, allow_pickle=params.allow_pickle)
        length = encoders.max_length(self.encoder, self.tokenizer)
        self.encoding = TextEncoding(self.tokenizer, length, Lengths(), OVERLAP)
        self.dropout, self.head = nn.Dropout(0.1), nn.Linear(self.encoder.config.hidden_size, len(tags))

    def encode(self, tokens: Sequence[str]) -> Encoded:
        """`tokens` as word pieces, in overlapping windows where they are more than the encoder takes."""
        return self.encoding(tokens, ())

    def forward(self, batch: Sequence[Encoded]) -> Tensor:
        """Logits (all tokens of the batch in a row, tags)."""
        windows = [window.ids for sentence in batch for window in sentence.windows]
        places, windows_before = [], 0
        for sentence in batch:
            places += [(windows_before + window, place) for window, place in sentence.places]
            windows_before += len(sentence.windows)
        hidden = self._last_layer(windows, max(map(len, windows)))
        rows, columns = torch.tensor(places, dtype=torch.long, device=hidden.device).unbind(1)
        return self.head(self.dropout(hidden[rows, columns]))

    def _last_layer(self, windows: Sequence[list[int]], length: int) -> Tensor:
        """The encoder's last layer (W, L, d) over `windows` of word piece ids, padded to `length` L."""
        own_device = self.head.weight.device
        pad = self.tokenizer.pad_token_id or 0
        pieces = torch.tensor([ids + [pad] * (length - len(ids)) for ids in windows], device=own_device)
        mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids in windows], device=own_device)
        with self.autocast():
            return self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state.float()

    @torch.inference_mode()
    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[list[str], list[float]]]:
        """(tags B, I, O; their probabilities in 0..1) of each sentence; two empty lists for one without tokens.

        The result for a sentence is the same, to the bit, whatever the other sentences are, on one machine with one
        number of threads.
        """
        answers: list[tuple[list[str], list[float]]] = []
        for distribution in self.distributions(sentences):
            best = distribution.max(-1)
            answers.append(([self.tags[index] for index in best.indices.tolist()], best.values.tolist()))
        return answers

    @torch.inference_mode()
    def distributions(self, sentences: Sequence[Sequence[str]]) -> Iterator[Tensor]:
        """The probabilities (tokens, tags) of each sentence, in 0..1, as `tag` takes the best of."""
        self.eval()
        encoded = [self.encode(tokens) if tokens else None for tokens in sentences]
        hidden = self._encode_windows([window.ids for sentence in encoded if sentence for window in sentence.windows])
        for sentence in encoded:
            if sentence is None:
                yield torch.zeros(0, len(self.tags))
                continue
            own_windows = [next(hidden) for _ in sentence.windows]
            logits = self.head(torch.stack([own_windows[window][place] for window, place in sentence.places]))
            yield logits.softmax(-1)

    def _encode_windows(self, windows: Sequence[list[int]]) -> Iterator[Tensor]:
        """The encoder's last layer (L, d) over each of `windows`, in their order."""
        shapes: dict[int, list[int]] = {}
        for window, ids in enumerate(windows):
            shapes.setdefault(min(length for length in LENGTHS if length >= len(ids)), []).append(window)
        hidden_of: list[Tensor | None] = [None] * len(windows)
        for length, alike in shapes.items():
            length = min(length, self.encoding.max_length)
            for first in range(0, len(alike), BATCH):
                batch = alike[first : first + BATCH]
                full = [windows[batch[row % len(batch)]] for row in range(BATCH)]
                for window, hidden in zip(batch, self._last_layer(full, length), strict=False):
                    hidden_of[window] = hidden
        return iter(hidden_of)


def new_network(params, tags: Sequence[str] = TAGS) -> TaggerNetwork:
    """A TaggerNetwork in evaluation mode, its head drawn at random. `params`: Tagger.Params."""
    return TaggerNetwork(params, tags).to(device.best()).eval()


def train(
    examples: Sequence[tuple[Sequence[str], Sequence[str]]], params, inventory: Sequence[str] = TAGS
) -> TaggerNetwork:
    """A TaggerNetwork trained on `examples`: (tokens, tags of `inventory`). The same seed gives the same weights.

    `params`: Tagger.Params. AdamW, linear warm-up and decay, gradients clipped; no decay for vectors (biases, norms).
    """
    from tqdm import tqdm

    best_device = device.best()
    with torch.random.fork_rng():
        torch.manual_seed(params.seed)
        network = new_network(params, inventory).train()
        number = {tag: at for at, tag in enumerate(inventory)}
        encoded = [(network.encode(tokens), [number[tag] for tag in tags]) for tokens, tags in examples if tokens]
        shuffle = random.Random(params.seed)
        steps = [batch for _ in range(params.epochs) for batch in batches(encoded, params.batch_size, shuffle)]
        optimizer = torch.optim.AdamW(_parameter_groups(network, params), fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: warm_up_and_decay(step, len(steps), WARM_UP_SHARE)
        )
        title = f"tagger on {len(examples)} sentences"
        # On the line of the rows' bar: on one of its own, it would write codes of the terminal into logs.
        for batch in tqdm(steps, desc=title, unit="step", mininterval=1.0, leave=False, position=0):
            logits = network([one for one, _ in batch])
            target = torch.tensor([tag for _, tags in batch for tag in tags], device=best_device)
            nn.functional.cross_entropy(logits, target).backward()
            nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT_NORM)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return network.eval()


def batches(encoded: Sequence[tuple[Encoded, list[int]]], size: int, shuffle: random.Random) -> list[list]:
    """The batches of one epoch: every sentence once, batched by similar length (less padding), in random order."""
    keys = [sentence.length * shuffle.uniform(0.9, 1.1) for sentence, _ in encoded]
    order = sorted(range(len(encoded)), key=keys.__getitem__)
    epoch = [[encoded[at] for at in order[first : first + size]] for first in range(0, len(order), size)]
    shuffle.shuffle(epoch)
    return epoch


def _parameter_groups(network: TaggerNetwork, params) -> list[dict]:
    groups = []
    for module, rate in ((network.encoder, params.lr_encoder), (network.head, params.lr_head)):
        for decay, wants in ((0.01, lambda p: p.dim() > 1), (0.0, lambda p: p.dim() <= 1)):
            groups.append({"params": list(filter(wants, module.parameters())), "lr": rate, "weight_decay": decay})
    return groups
