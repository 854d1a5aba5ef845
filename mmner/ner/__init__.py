"""Named-entity recognition itself: tags and spans, scores, few-shot draws, sentences."""
