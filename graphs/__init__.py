"""The wired graphs, one short file each: what to deploy, what to ablate."""
