"""Tags of gold that may be wrong, ranked, with their posts drawn, for a person to look at.

Reads: `examples` and `gold` of a preparation. Writes one line a doubted post, the most doubtful first:

    {"id": "test-12", "split": "test", "source": "test.txt:88", "quality": 0.02, "tokens": ["Marlow", "wins"],
     "tags": ["B-LOC", "O"], "suggested": ["B-ORG", "O"],
     "doubts": [{"token": 0, "text": "Marlow", "given": "B-LOC", "suggested": "B-ORG", "quality": 0.02}]}

A person who agrees writes an overlay of corrections with a reason each (mmner/tools/score/corrections.py); the corpus's
files stay as they were published.
"""
