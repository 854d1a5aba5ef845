"""The one scheduler to every language model: any OpenAI-compatible server, through the `openai` package.

Reads: prompts (`mmner/<stage>/prompts/*.md`), the server's answers. Writes: each answer into the row store as it
arrives, under the digest of its request, so that no answer is paid for twice after a kill or a failed row:

    {"text": "{\"expressions\": [\"NBA logo on the jersey\"]}", "finish": "stop", "refusal": null, "rejected": null,
     "tokens": 412, "money": 0.00009}

Its cost is booked once, by the first row that is made of it (`money.py`).

A backend writes a *conversation* for each row: a generator that yields Requests, is sent Answers and returns a Result.
The RequestScheduler holds many of them at once, request by request or through the server's batch interface
(`batches.py`). More is in docs/llm.md.
"""
