"""A million made-up questions, of which none may be told what the policies do not let it be told."""
