"""Makes sdist and wheel carry the built web UI; an editable install leaves it to the first start."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebUi(BuildHookInterface):
    """Builds the UI into the package's folder, from where the target takes it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the UI if it isn't in step with its sources; an unpacked sdist has it already."""
        root = Path(self.root)
        ui_build = _load(root / "backend/reznet/core/ui_build.py")
        if version == "editable" or not ui_build.has_sources(root):
            return
        try:
            ui_build.build_ui(root, self.app.display_info)
        except ui_build.UiNotBuilt as problem:
            self.app.abort(
                f"{problem}\nTo make a package without the UI, set HATCH_BUILD_NO_HOOKS=true."
            )


def _load(path: Path) -> ModuleType:
    """Import one file of the package, whose dependencies a build environment lacks."""
    spec = importlib.util.spec_from_file_location("reznet_ui_build", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
