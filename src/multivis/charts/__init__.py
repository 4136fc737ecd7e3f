"""Charts: backends that draw them, examples, drafts, the scenegraph, and the checks."""
