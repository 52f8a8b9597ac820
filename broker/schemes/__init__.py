"""Match-key schemes as data: `uk-person-1.toml`. `broker.tokens.load_scheme` reads them; never edit one in use."""
