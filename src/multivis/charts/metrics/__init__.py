"""How alike two charts are: the published scores, strict ones, and pictures."""
