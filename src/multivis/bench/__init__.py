"""Benchmarks: how good multivis is, measured on published tasks."""
