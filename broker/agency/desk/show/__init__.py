"""What a page says, in plain words: content of the wire in, values for a template out. Pure."""
