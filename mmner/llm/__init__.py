"""The one scheduler to every language model: any OpenAI-compatible server, through the `openai` package.

Reads: prompts (`mmner/<room>/prompts/*.md`), the server's answers. Writes: each answer into the row store as it
arrives, under the digest of its request, so that a kill, or a row that failed later, pays for nothing twice:

    {"text": "{\"expressions\": [\"NBA logo on the jersey\"]}", "finish": "stop", "refusal": null, "rejected": null,
     "tokens": 412, "money": 0.00009}

What it cost is booked once, by the first row that is made of it (`money.py`).

A backend writes a *conversation*, a generator that yields Requests, is sent Answers and returns a Result; the
RequestScheduler holds many at once, request by request or by the server's batch interface (`batches.py`). docs/llm.md
says the rest.
"""
