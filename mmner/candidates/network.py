"""The tagger's network: any encoder, dropout, and a linear layer over B, I, O at each token's first word piece.

Shapes: B sentences, W windows of L word pieces, n tokens, d encoder width.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mmner.networks import device, encoders
from mmner.networks.windows import Encoded, Lengths, TextEncoding

TAGS = ("O", "B", "I")
OVERLAP = 64  # word pieces that neighbouring windows of a long sentence share
WARM_UP = 0.1  # share of the steps
CLIP = 1.0
# When tagging, the network always sees ROWS windows, padded to one of LENGTHS by their own length alone. In another
# shape it computes in another order, and what a sentence gets would depend on the sentences beside it.
ROWS, LENGTHS = 8, (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


class Network(nn.Module):
    """Tokens -> a distribution over TAGS each."""

    def __init__(self, params):
        super().__init__()
        self.autocast = device.autocast(params.precision, device.best(), training=True)
        self.tokenizer = encoders.tokenizer(params.encoder)
        self.encoder = encoders.network(params.encoder, params.attention_dropout, allow_pickle=params.allow_pickle)
        length = encoders.max_length(self.encoder, self.tokenizer)
        self.encoding = TextEncoding(self.tokenizer, length, Lengths(), OVERLAP)
        self.dropout, self.head = nn.Dropout(0.1), nn.Linear(self.encoder.config.hidden_size, len(TAGS))

    def encode(self, tokens: Sequence[str]) -> Encoded:
        """`tokens` as word pieces: in overlapping windows where the encoder can't take them at once."""
        return self.encoding(tokens, ())

    def forward(self, batch: Sequence[Encoded]) -> Tensor:
        """Logits (all tokens of the batch in a row, 3)."""
        windows = [window.ids for one in batch for window in one.windows]
        places, before = [], 0
        for one in batch:
            places += [(before + window, place) for window, place in one.places]
            before += len(one.windows)
        hidden = self._hidden(windows, max(map(len, windows)))
        rows, columns = torch.tensor(places, dtype=torch.long, device=hidden.device).unbind(1)
        return self.head(self.dropout(hidden[rows, columns]))

    def _hidden(self, windows: Sequence[list[int]], length: int) -> Tensor:
        """The encoder's last layer (W, L, d) over `windows` of word piece ids, padded to `length` L."""
        where = self.head.weight.device
        pad = self.tokenizer.pad_token_id or 0
        pieces = torch.tensor([ids + [pad] * (length - len(ids)) for ids in windows], device=where)
        mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids in windows], device=where)
        with self.autocast():
            return self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state.float()

    @torch.inference_mode()
    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[list[str], list[float]]]:
        """Each sentence's tags (B, I, O) and their probabilities (0..1), in order; none for one without tokens.

        They are the same bits whatever the other sentences are, on one machine with one number of threads.
        """
        self.eval()
        answers: list[tuple[list[str], list[float]]] = []
        encoded = [self.encode(tokens) if tokens else None for tokens in sentences]
        hidden = self._windows([window.ids for one in encoded if one for window in one.windows])
        for one in encoded:
            if one is None:
                answers.append(([], []))
                continue
            mine = [next(hidden) for _ in one.windows]
            logits = self.head(torch.stack([mine[window][place] for window, place in one.places]))
            best = logits.softmax(-1).max(-1)
            answers.append(([TAGS[index] for index in best.indices.tolist()], best.values.tolist()))
        return answers

    def _windows(self, windows: Sequence[list[int]]) -> Iterator[Tensor]:
        """The encoder's last layer (L, d) over each of `windows`, in their order."""
        shapes: dict[int, list[int]] = {}
        for at, ids in enumerate(windows):
            shapes.setdefault(min(length for length in LENGTHS if length >= len(ids)), []).append(at)
        found: list[Tensor | None] = [None] * len(windows)
        for length, alike in shapes.items():
            length = min(length, self.encoding.max_length)
            for first in range(0, len(alike), ROWS):
                part = alike[first : first + ROWS]
                full = [windows[part[row % len(part)]] for row in range(ROWS)]
                for at, hidden in zip(part, self._hidden(full, length), strict=False):
                    found[at] = hidden
        return iter(found)


def new_network(params) -> Network:
    """A Network in evaluation mode, its head drawn at random. `params`: Tagger.Params."""
    return Network(params).to(device.best()).eval()


def train(examples: Sequence[tuple[Sequence[str], Sequence[str]]], params) -> Network:
    """A Network taught on `examples`: (tokens, tags among B, I, O). The same seed gives the same weights.

    `params`: Tagger.Params. AdamW, linear warm-up and decay, gradients clipped; no decay for vectors (biases, norms).
    """
    from tqdm import tqdm

    where = device.best()
    with torch.random.fork_rng():
        torch.manual_seed(params.seed)
        network = new_network(params).train()
        encoded = [(network.encode(tokens), [TAGS.index(tag) for tag in tags]) for tokens, tags in examples if tokens]
        shuffle = random.Random(params.seed)
        plan = [batch for _ in range(params.epochs) for batch in batches(encoded, params.batch_size, shuffle)]
        optimizer = torch.optim.AdamW(_groups(network, params), fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(plan)))
        title = f"tagger on {len(examples)} sentences"
        # On the line of the rows' bar: on one of its own, it would write codes of the terminal into logs.
        for batch in tqdm(plan, desc=title, unit="step", mininterval=1.0, leave=False, position=0):
            logits = network([one for one, _ in batch])
            target = torch.tensor([tag for _, tags in batch for tag in tags], device=where)
            nn.functional.cross_entropy(logits, target).backward()
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return network.eval()


def batches(encoded: Sequence[tuple[Encoded, list[int]]], size: int, shuffle: random.Random) -> list[list]:
    """One epoch: every sentence once, in batches of like length (less padding), in random order."""
    keys = [one.length * shuffle.uniform(0.9, 1.1) for one, _ in encoded]
    order = sorted(range(len(encoded)), key=keys.__getitem__)
    found = [[encoded[at] for at in order[first : first + size]] for first in range(0, len(order), size)]
    shuffle.shuffle(found)
    return found


def _groups(network: Network, params) -> list[dict]:
    groups = []
    for part, rate in ((network.encoder, params.lr_encoder), (network.head, params.lr_head)):
        for decay, chosen in ((0.01, lambda p: p.dim() > 1), (0.0, lambda p: p.dim() <= 1)):
            groups.append({"params": list(filter(chosen, part.parameters())), "lr": rate, "weight_decay": decay})
    return groups


def _rate(step: int, steps: int) -> float:
    """Factor of the learning rate: up to 1 over the warm-up, then down to 0."""
    warm = max(1, round(WARM_UP * steps))
    return (step + 1) / warm if step < warm else (steps - step) / max(1, steps - warm)
