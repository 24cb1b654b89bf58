"""Mirrors the rooms; ``road/`` and ``browser/`` drive the really running system."""
