"""How answers are shown: pages of blocks, rendered as text, Markdown or HTML."""
