"""How long a question takes: resolving without cryptography, the whole of it over HTTP, and posting."""
