"""A trained model behind HTTP: posts in, entities out, and a page to try it.

uploads.py     what a client sends -> posts
worker.py      the one thread that owns the model: what waits is answered together
limits.py      what a request may take, and how it is refused
app.py         addresses, and how they are answered (FastAPI)
page.html      the page; nothing in it comes from elsewhere
listening.py   the socket, and an end in order
"""
