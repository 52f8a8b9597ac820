"""The desk's pages: one small router for each group of them, and `render.page`, which makes them all."""
