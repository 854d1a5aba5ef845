"""The task: tags and spans, scores, few-shot draws, sentences."""
