"""A text encoder that knows nothing beforehand: word embeddings learnt from the train split, perhaps with a char CNN.

With a BiLSTM and the CRF behind it this is the BiLSTM-CRF (Huang et al. 2015) and the CNN-BiLSTM-CRF (Ma and Hovy
2016) that the papers compare with. It stands in the fused model where a transformers encoder does.
Shapes: W sentences of L words, each of c characters at most.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from mmner.base.errors import InputError
from mmner.model.params import Characters, Words
from mmner.networks.budget import Extra
from mmner.networks.windows import Encoded, Window

PAD, UNKNOWN, START = 0, 1, 2  # ids of words; characters have the first two
LONGEST = 30  # characters of a word that are looked at: addresses would make every batch as wide as themselves
FILE = "vocabulary.json"


class Vocabulary:
    """Words and characters of a train split; called on a sentence as `TextEncoding` is. `once`: words seen once."""

    pad_token_id = PAD

    def __init__(self, words: Sequence[str], characters: Sequence[str], once: Sequence[str]):
        self.words, self.characters, self.once = list(words), list(characters), list(once)
        self._word = {word: number for number, word in enumerate(self.words, START + 1)}
        self._character = {character: number for number, character in enumerate(self.characters, UNKNOWN + 1)}

    @classmethod
    def learn(cls, sentences: Sequence[Sequence[str]]) -> Vocabulary:
        """The vocabulary of `sentences`, its entries in order of the alphabet."""
        count = Counter(word for tokens in sentences for word in tokens)
        once = sorted(word for word, times in count.items() if times == 1)
        return cls(sorted(count), sorted({character for word in count for character in word}), once)

    def __call__(self, tokens: Sequence[str], extras: Sequence[Extra], marks: Sequence[Sequence[int]] = ()) -> Encoded:
        """One window, however long the sentence. Errors: InputError `text-alone` where there is extra text."""
        if extras:
            message = f"architecture.encoder: words reads the sentence alone, and the run adds {extras[0].kind}"
            remedy = "switch knowledge, caption, caption_fusion and chain off in the run"
            raise InputError("text-alone", message, remedy=remedy)
        characters = [[], *([self._character.get(one, UNKNOWN) for one in word[:LONGEST]] for word in tokens)]
        ids = [START, *(self.word(word) for word in tokens)]
        places, unknown = [(0, place) for place in range(1, len(ids))], ids[1:].count(UNKNOWN)
        window = Window(ids, characters=characters, marks=marks, tokens=range(len(tokens)))
        return Encoded([window], places, unknown=unknown)

    def word(self, word: str) -> int:
        """The id of `word`; of its small letters where it is unknown itself."""
        return self._word.get(word) or self._word.get(word.lower(), UNKNOWN)

    def get_vocab(self) -> dict[str, int]:
        return self._word

    def save(self, folder: Path) -> None:
        kept = {"words": self.words, "characters": self.characters, "once": self.once}
        (folder / FILE).write_text(json.dumps(kept, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))


class WordEncoder(nn.Module):
    """Embeddings of words, and beside them what a char CNN makes of their letters, those of unseen words included.

    In training a word that the train split holds once is taken for an unknown one with probability `singletons`: else
    the vector of unknown words would never learn (Lample et al. 2016).
    """

    def __init__(self, vocabulary: Vocabulary, params: Words):
        super().__init__()
        self.params = params
        self.words = nn.Embedding(START + 1 + len(vocabulary.words), params.width, padding_idx=PAD)
        once = [vocabulary.word(word) for word in vocabulary.once]
        self.register_buffer(
            "once",
            torch.zeros(self.words.num_embeddings, dtype=torch.bool).index_fill(
                0, torch.tensor(once, dtype=torch.long), True
            ),
        )
        self.spelling = None
        if params.characters is not None:
            self.spelling = CharCnn(UNKNOWN + 1 + len(vocabulary.characters), params.characters)
        self.config = SimpleNamespace(model_type="words", hidden_size=params.hidden)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, characters: Tensor, added: Tensor | None = None
    ) -> SimpleNamespace:
        """(W, L), (W, L), (W, L, c) -> last_hidden_state (W, L, d). The mask is not needed: no word sees another.

        added: (W, L, d), to the words' vectors.
        """
        if self.training:
            chance = torch.rand(input_ids.shape, device=input_ids.device) < self.params.singletons
            input_ids = input_ids.masked_fill(self.once[input_ids] & chance, UNKNOWN)
        hidden = self.words(input_ids)
        if self.spelling is not None:
            hidden = torch.cat([hidden, self.spelling(characters)], -1)
        if added is not None:
            hidden = hidden + added
        return SimpleNamespace(last_hidden_state=hidden)


class CharCnn(nn.Module):
    """A char CNN (Ma and Hovy 2016): embeddings, one convolution, the maximum over the word's characters."""

    def __init__(self, characters: int, params: Characters):
        super().__init__()
        self.embedding = nn.Embedding(characters, params.width, padding_idx=PAD)
        self.convolution = nn.Conv1d(params.width, params.filters, params.kernel, padding="same")

    def forward(self, characters: Tensor) -> Tensor:
        """(W, L, c), padded with 0 -> (W, L, filters); zero where a word has no character."""
        flat = characters.flatten(0, 1)  # (W * L, c)
        seen = self.convolution(self.embedding(flat).transpose(1, 2))  # (W * L, filters, c)
        there = (flat != PAD).unsqueeze(1)
        best = seen.masked_fill(~there, -torch.inf).amax(-1)
        return best.masked_fill(~there.any(-1), 0).view(*characters.shape[:2], -1)
