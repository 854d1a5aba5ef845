"""The parts of the fused model, one class an equation."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the second axis where `mask`: (B, k, w), (B, k) -> (B, w); zero where nothing is."""
    values = values.masked_fill(~mask.unsqueeze(-1), 0)
    return values.sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


class SelfAttention(nn.Module):
    """TVO eq. 1: one multi-head self-attention layer over sentence and extra text, with layer norm.

    The equation has no residual path and names a mean pooling that its own next sentence undoes (it takes the first n
    tokens). We add the residual, as every transformer layer has it: without it, the encoder's features reach the CRF
    through a randomly started layer only. The pooled text is the mean over the n tokens, taken where it is needed.
    Only the places that are read later ask: queries (B, q, d), keys (B, k, d).
    """

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, keys_mask: Tensor) -> Tensor:
        """(B, q, d), (B, k, d), (B, k) True where real -> (B, q, d)."""
        seen, _ = self.attention(queries, keys, keys, key_padding_mask=~keys_mask, need_weights=False)
        return self.norm(queries + self.dropout(seen))


class TextGuidedVisual(nn.Module):
    """TVO eq. 2: what the text says that the image should look like, by a variational autoencoder.

    μ = t W_μ, log σ² = t W_σ, z = μ + σ ε, v_t = z W_z, with t the pooled text. The paper predicts σ itself; its
    logarithm keeps it positive. At evaluation z = μ, so that a prediction is the same each time.
    """

    def __init__(self, width: int, latent: int, visual_width: int):
        super().__init__()
        self.mean = nn.Linear(width, latent)
        self.log_variance = nn.Linear(width, latent)
        self.decode = nn.Linear(latent, visual_width)

    def forward(self, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, d) -> v_t (B, v), μ (B, latent), log σ² (B, latent)."""
        mean, log_variance = self.mean(pooled), self.log_variance(pooled)
        z = mean
        if self.training:
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decode(z), mean, log_variance

    @staticmethod
    def loss(v_t: Tensor, mean: Tensor, log_variance: Tensor, image: Tensor, has_image: Tensor) -> Tensor:
        """L_VAE = ‖v_img − v_t‖² + KL(N(μ, σ²) ‖ N(0, I)), the mean over B examples.

        The square is summed over v, against a detached target, and only where there is an image; the KL term,
        −½ Σ (1 + log σ² − μ² − σ²), counts for every example.
        """
        target = image.detach().masked_fill(~has_image.unsqueeze(-1), 0)
        square = (target - v_t).pow(2).sum(-1) * has_image
        divergence = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum(-1)
        return (square + divergence).mean()


class AdaptiveFusion(nn.Module):
    """TVO eq. 3: V = ω_t v_t + ω_g v_img + ω_o v_obj with Σ ω = 1.

    Each feature has a small network of its own that ends in a sigmoid; the weights are those sigmoids over their sum.
    A feature that an example lacks gets weight 0, and the others share the rest.
    """

    def __init__(self, visual_width: int, kinds: int, hidden: int = 128):
        super().__init__()
        self.score = nn.ModuleList(
            nn.Sequential(nn.Linear(visual_width, hidden), nn.ReLU(), nn.Linear(hidden, 1)) for _ in range(kinds)
        )

    def forward(self, features: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """features (B, kinds, v), present (B, kinds) -> V (B, v), ω (B, kinds), all zero where nothing is present."""
        scores = [torch.sigmoid(score(features[:, kind])) for kind, score in enumerate(self.score)]
        scores = torch.cat(scores, -1).masked_fill(~present, 0)  # (B, kinds)
        weights = scores / scores.sum(-1, keepdim=True).clamp(min=1e-6)
        return (weights.unsqueeze(-1) * features).sum(1), weights


class CaptionFusion(nn.Module):
    """IAC 3.1.3: text and caption in one space, a gate for each computed from the other, summed both ways.

    The paper gives no formula. We take t̄ = mean(T) W_t and k_j = K_j W_k for each caption token j, gates
    α_j = σ(k_j W_α) for the text (computed from the caption) and β = σ(t̄ W_β) for the caption (from the text), and
    h_j = α_j ⊙ t̄ + β ⊙ k_j: one fused vector a caption token, so that the cross-modal attention can choose.
    """

    def __init__(self, width: int):
        super().__init__()
        self.text, self.caption = nn.Linear(width, width), nn.Linear(width, width)
        self.text_gate, self.caption_gate = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, pooled: Tensor, caption: Tensor) -> Tensor:
        """pooled text (B, d), caption tokens (B, c, d) -> h (B, c, d)."""
        text = self.text(pooled).unsqueeze(1)  # (B, 1, d)
        caption = self.caption(caption)
        for_text = torch.sigmoid(self.text_gate(caption))  # (B, c, d)
        for_caption = torch.sigmoid(self.caption_gate(text))  # (B, 1, d)
        return for_text * text + for_caption * caption


class CrossModalLayer(nn.Module):
    """One layer of TVO 4.3: multi-head attention from text to visual tokens, layer norm, feed-forward, layer norm."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.forward_ = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, keys_mask: Tensor) -> Tensor:
        """(B, q, d), (B, k, d), (B, k) True where real, at least one in each row -> (B, q, d)."""
        seen, _ = self.attention(queries, keys, keys, key_padding_mask=~keys_mask, need_weights=False)
        queries = self.norms[0](queries + self.dropout(seen))
        return self.norms[1](queries + self.dropout(self.forward_(queries)))


class CrossModalAttention(nn.Module):
    """TVO 4.3: `layers` CrossModalLayers, query [t_cls; T], key and value the visual tokens and h.

    Where every key of an example is masked, the output is the query: C = T.
    """

    def __init__(self, width: int, heads: int, layers: int, dropout: float):
        super().__init__()
        self.layers = nn.ModuleList(CrossModalLayer(width, heads, dropout) for _ in range(layers))

    def forward(self, queries: Tensor, keys: Tensor, keys_mask: Tensor) -> Tensor:
        """(B, 1 + n, d), (B, k, d), (B, k) -> (B, 1 + n, d)."""
        some = keys_mask.any(-1)  # (B,)
        # Attention over no key is NaN: such rows look at key 0 (zeroed), and their result is thrown away.
        safe = keys_mask.clone()
        safe[:, 0] |= ~some
        keys = keys.masked_fill(~keys_mask.unsqueeze(-1), 0)
        crossed = queries
        for layer in self.layers:
            crossed = layer(crossed, keys, safe)
        return torch.where(some[:, None, None], crossed, queries)


class Gate(nn.Module):
    """TVO eqs. 4 and 5: g = σ(LN(c_cls + t_cls) W1 W2), one scalar an example; R = g T + (1 − g) C."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width, bias=False)
        self.second = nn.Linear(width, 1, bias=False)

    def forward(self, text: Tensor, crossed: Tensor) -> tuple[Tensor, Tensor]:
        """[t_cls; T] and [c_cls; C], both (B, 1 + n, d) -> R (B, n, d), g (B, 1)."""
        gate = torch.sigmoid(self.second(self.first(self.norm(crossed[:, 0] + text[:, 0]))))
        weight = gate.unsqueeze(-1)  # (B, 1, 1)
        return weight * text[:, 1:] + (1 - weight) * crossed[:, 1:], gate
