"""Puts the files that come with the program into the wheel, under ``kg/_assets``.

Only into the wheel: an editable installation reads them where they lie (see ``kg/assets.py``).
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = ("ontology", "data/entities.ttl", "pipelines")


class AssetsHook(BuildHookInterface[Any]):
    """Adds :data:`ASSETS` to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "standard":
            build_data["force_include"].update({name: f"kg/_assets/{name}" for name in ASSETS})
