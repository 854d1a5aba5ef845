"""The fused model of TVO and IAC, with a switch for each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mmner.model.batch import Batch
from mmner.model.crf import IobCrf
from mmner.model.evidence_embedding import EvidenceEmbedding
from mmner.model.grounder import Grounder
from mmner.model.layers import (
    AdaptiveFusion,
    CaptionFusion,
    CrossModalAttention,
    Gate,
    SelfAttention,
    TextGuidedVisual,
    masked_mean,
)
from mmner.model.params import Architecture, Switches, check_heads
from mmner.model.pixels import scatter_by_mask
from mmner.model.word_embeddings import WordEncoder
from mmner.networks import proof
from mmner.networks.attention import padding_mask
from mmner.networks.towers import Tower, cells


@dataclass
class Output:
    """emissions (B, n, tags); vae_loss scalar or None; gate (B, 1) or None; weights (B, kinds) of eq. 3 or None.

    tokens (B, n, d), regions (B, r, v): what a grounder scores; None without one.
    """

    emissions: Tensor
    vae_loss: Tensor | None = None
    gate: Tensor | None = None
    weights: Tensor | None = None
    tokens: Tensor | None = None
    regions: Tensor | None = None


class FusedModel(nn.Module):
    """From a Batch to tags. `encoder`: transformers' text encoder or a WordEncoder; `visual_width`: v of the features.

    Visual features are layer-normalised without learned scale before use, so that λ weighs the same for every vision
    encoder. The fused V and each of v_t, v_img, v_obj are visual tokens of their own, told apart by a learned vector
    a kind: with V as the single key, the paper's attention would be constant.

    `tower`: makes the features of the batch's pixels, and learns with the rest; None: batches carry features.
    """

    def __init__(
        self,
        encoder: nn.Module,
        labels: Sequence[str],
        visual_width: int,
        architecture: Architecture,
        switches: Switches,
        tower: Tower | None = None,
    ):
        super().__init__()
        width = encoder.config.hidden_size
        check_heads(architecture, switches, width)
        self.switches, self.architecture, self.labels, self.visual_width = (
            switches,
            architecture,
            list(labels),
            visual_width,
        )
        self.encoder = encoder
        self.tower = tower
        self.dropout = nn.Dropout(architecture.dropout)
        self.self_attention = (
            SelfAttention(width, architecture.heads, architecture.dropout) if architecture.self_attention else None
        )
        self.text_guided = TextGuidedVisual(width, architecture.latent, visual_width) if switches.vae else None
        self.kinds = [kind for kind in ("vae", "global_", "regions") if getattr(switches, kind)]
        if switches.visual:
            self.visual_norm = nn.LayerNorm(visual_width, elementwise_affine=False)
            self.fusion = AdaptiveFusion(visual_width, len(self.kinds)) if self.kinds else None
            self.project = nn.Linear(visual_width, width)
            self.kind = nn.Parameter(torch.zeros(len(self.kinds) + 2, width))  # V, each kind, patches
        self.caption_fusion = CaptionFusion(width) if switches.caption_fusion else None
        if switches.visual or switches.caption_fusion:
            self.cross = CrossModalAttention(width, architecture.heads, architecture.layers, architecture.dropout)
            self.gate = Gate(width)
        self.bilstm = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True) if switches.bilstm else None
        self.emit = nn.Linear(width, len(IobCrf(labels).tags))
        self.crf = IobCrf(labels)
        sources = switches.tokens.sources
        self.evidence = EvidenceEmbedding(sources, _input_width(encoder)) if sources else None
        self.grounder = Grounder(width, visual_width) if switches.grounding else None

    def forward(self, batch: Batch) -> Output:
        """Emissions of each token, before the CRF."""
        text, caption = self._text(batch)  # (B, 1 + n, d), (B, c, d)
        pooled = masked_mean(text[:, 1:], batch.mask)
        if self.switches.visual and batch.pixels is not None and len(batch.pixels):
            batch = self._seen(batch)
        keys, keys_mask, vae_loss, weights = self._visual(batch, pooled)
        if self.caption_fusion is not None and caption.shape[1]:
            keys.append(self.caption_fusion(pooled, caption))
            keys_mask.append(batch.caption_mask)
        gate, fused = None, text[:, 1:]
        if keys:
            crossed = self.cross(text, torch.cat(keys, 1), torch.cat(keys_mask, 1))
            fused, gate = self.gate(text, crossed)
        tokens = fused
        fused = self.dropout(fused)
        with torch.autocast(fused.device.type, enabled=False):  # a sum over a sentence loses too much in bf16
            fused = fused.float()
            if self.bilstm is not None:
                fused = self.dropout(self._recur(fused, batch.lengths))
            output = Output(self.emit(fused), vae_loss, gate, weights)
        if self.grounder is not None:
            output.tokens, output.regions = tokens, self._regions(batch)
        return output

    def loss(self, batch: Batch) -> tuple[Tensor, Output]:
        """TVO eq. 9: L = L_NER + λ L_VAE, with L_NER the mean over sentences (eq. 8)."""
        output = self(batch)
        loss = self.crf.loss(output.emissions, batch.tags, batch.mask)
        if output.vae_loss is not None:
            loss = loss + self.architecture.lambda_vae * output.vae_loss
        if self.grounder is not None and batch.pair_targets is not None:
            logits = self.grounder(output.tokens, output.regions, batch.pairs, batch.pair_features)
            loss = loss + self.grounder.loss(logits, batch.pair_targets, len(batch.mask))
        return loss, output

    def decode(self, batch: Batch) -> tuple[list[list[str]], list[list[float]]]:
        """Legal IOB2 tags of each example, and their marginal probabilities."""
        best, confidence = self.crf.decode(self(batch).emissions, batch.mask)
        return [[self.crf.tags[tag] for tag in row] for row in best], confidence

    def _text(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """[t_cls; T] (B, 1 + n, d) and the caption's tokens (B, c, d), after the encoder and eq. 1.

        T holds each token's first piece. A sentence in several windows takes each token from its own window; its
        t_cls is the mean over the windows.
        """
        hidden = self._encode(batch)
        windows, length, width = hidden.shape
        if self.self_attention is not None:
            places = batch.asked.unsqueeze(-1).expand(-1, -1, width)
            seen = self.self_attention(hidden.gather(1, places), hidden, batch.pieces_mask)
            hidden = hidden.to(seen.dtype).scatter(1, places, seen)
        flat = hidden.reshape(windows * length, width)
        tokens, caption = flat[batch.places], flat[batch.caption]
        first = torch.zeros(len(batch.mask), width, dtype=hidden.dtype, device=hidden.device)
        first = first.index_add(0, batch.example_of_window, hidden[:, 0])
        ones = torch.ones(windows, 1, dtype=hidden.dtype, device=hidden.device)
        count = torch.zeros_like(first[:, :1]).index_add(0, batch.example_of_window, ones)
        return torch.cat([(first / count).unsqueeze(1), tokens], 1), caption

    def _encode(self, batch: Batch) -> Tensor:
        """The encoder's last layer, (W, L, d), of the pieces and what their tokens are marked with."""
        asked = {"input_ids": batch.pieces, "attention_mask": padding_mask(self.encoder, batch.pieces_mask)}
        if batch.characters is not None:
            asked["characters"] = batch.characters
        if self.evidence is not None and batch.marks is not None:
            added = self.evidence(batch.marks)
            if isinstance(self.encoder, WordEncoder):
                asked["added"] = added
            else:
                asked["inputs_embeds"] = self.encoder.get_input_embeddings()(asked.pop("input_ids")) + added
        return self.encoder(**asked).last_hidden_state

    def _visual(self, batch: Batch, pooled: Tensor):
        """Visual tokens as keys: ([(B, k, d)], [(B, k)], L_VAE or None, ω or None)."""
        if not self.switches.visual:
            return [], [], None, None
        image = self.visual_norm(batch.image.masked_fill(~batch.has_image.unsqueeze(-1), 0))
        everywhere = torch.ones_like(batch.has_image)
        features, present, vae_loss = [], [], None
        if self.text_guided is not None:
            with torch.autocast(pooled.device.type, enabled=False):  # squares summed over v lose too much in bf16
                v_t, mean, log_variance = self.text_guided(pooled.float())
                vae_loss = self.text_guided.loss(v_t, mean, log_variance, image, batch.has_image)
            features.append(v_t)
            present.append(everywhere)
        if self.switches.global_:
            features.append(image)
            present.append(batch.has_image)
        if self.switches.regions:
            features.append(masked_mean(self._regions(batch), batch.regions_mask))
            present.append(batch.regions_mask.any(-1))
        keys, masks, weights = [], [], None
        if features:
            stacked, mask = torch.stack(features, 1), torch.stack(present, 1)
            fused, weights = self.fusion(stacked, mask)
            keys.append(torch.cat([fused.unsqueeze(1), stacked], 1))
            masks.append(torch.cat([mask.any(-1, keepdim=True), mask], 1))
        if self.switches.patches and batch.patches.shape[1]:
            keys.append(self.visual_norm(batch.patches.masked_fill(~batch.patches_mask.unsqueeze(-1), 0)))
            masks.append(batch.patches_mask)
        if not keys:
            return [], [], vae_loss, weights
        kinds = torch.arange(sum(key.shape[1] for key in keys), device=pooled.device).clamp(max=len(self.kind) - 1)
        if not features:
            kinds = torch.full_like(kinds, len(self.kind) - 1)
        return [self.project(torch.cat(keys, 1)) + self.kind[kinds]], [torch.cat(masks, 1)], vae_loss, weights

    def _regions(self, batch: Batch) -> Tensor:
        """(B, r, v), normalised; zeros where there is none."""
        return self.visual_norm(batch.regions.masked_fill(~batch.regions_mask.unsqueeze(-1), 0))

    def _seen(self, batch: Batch) -> Batch:
        """`batch` with the tower's features of its pixels."""
        vectors, patches = self.tower(batch.pixels)  # (w + c, v), (w + c, v, h, w)
        wholes = batch.wholes
        features = {
            "image": scatter_by_mask(vectors[:wholes], batch.has_image),
            "regions": scatter_by_mask(vectors[wholes:], batch.regions_mask),
        }
        if self.switches.patches:
            grid = cells(patches[:wholes], self.architecture.vision.grid)
            features["patches"] = scatter_by_mask(grid, batch.has_image)
            features["patches_mask"] = batch.has_image.unsqueeze(1).expand(-1, grid.shape[1])
        return replace(batch, **features)

    def _recur(self, fused: Tensor, lengths: Tensor) -> Tensor:
        """TVO eq. 6, over the real tokens only: (B, n, d), (B,) on the CPU -> (B, n, d)."""
        packed = pack_padded_sequence(fused, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.bilstm(packed)[0], batch_first=True, total_length=fused.shape[1])[0]


def _input_width(encoder: nn.Module) -> int:
    """The width of the word embeddings of `encoder`, which may be narrower than its layers."""
    if isinstance(encoder, WordEncoder):
        return encoder.config.hidden_size
    proof.has_embeddings(encoder, "switches.tokens")
    return encoder.get_input_embeddings().embedding_dim
