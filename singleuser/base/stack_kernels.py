"""Kernels for a person's own environments, found by stack_environments.py. Nobody need run `ipykernel install`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from stack_environments import Environment, environments

KEPT = 1.0
"""Seconds for which what was found counts: a list of all kernels asks for each of them."""


class EnvironmentKernels(KernelSpecManager):
    """The image's kernels, and one for each environment below the work folder."""

    _found: tuple[float, dict[str, Environment]] = (-KEPT, {})

    def find_kernel_specs(self) -> dict[str, str]:
        """The folder of each kernel, by name; for an environment's it is that of the logos."""
        kernels = dict(super().find_kernel_specs())
        logos = kernels.get("python3", "")
        return {**dict.fromkeys(self._environments(), logos), **kernels}

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """How to start a kernel."""
        found = self._environments()
        environment = found.get(kernel_name.lower())
        if environment is None:
            return super().get_kernel_spec(kernel_name)
        titles = [other.title for other in found.values()]
        title = environment.title if titles.count(environment.title) == 1 else environment.path
        return KernelSpec(
            name=environment.name,
            display_name=environment.display_name(title),
            language="python",
            argv=environment.argv,
            env=environment.env,
            resource_dir=self.find_kernel_specs()[environment.name],
            metadata={"debugger": True},
        )

    def _environments(self) -> dict[str, Environment]:
        when, found = self._found
        if time.monotonic() - when > KEPT:
            found = {environment.name: environment for environment in environments(Path.home() / "work")}
            self._found = (time.monotonic(), found)
        return found
