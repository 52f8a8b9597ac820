"""How long a live rotation of keys takes, beside what its primitives alone cost, and what questions notice of it."""
