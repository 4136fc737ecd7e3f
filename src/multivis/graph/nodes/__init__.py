"""The nodes: each is `(state, runtime) -> update`."""
