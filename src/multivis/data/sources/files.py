"""x"""
from pathlib import Path
def has_glob(t): return any(c in t for c in "*?[")
def read_head(p):
    with Path(p).open("rb") as f: return f.read(16)
def open_file(*a): ...
def open_glob(*a): ...
