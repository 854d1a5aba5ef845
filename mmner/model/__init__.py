"""The fused model: text with its extra context, visual features, and a CRF over the sentence's tokens.

Shapes everywhere: B examples, n tokens, m extra pieces, L pieces of a window, d text width, v visual width.
"""
