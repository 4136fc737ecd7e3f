"""Readers: from an address to a `VolumeSource`."""

from multivis.volumes.readers.opening import open_address

__all__ = ["open_address"]
