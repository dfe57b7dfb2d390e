"""Kernels for the user's own environments, found by stack_environments.py. No `ipykernel install` is needed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from stack_environments import Environment, environments

CACHE_SECONDS = 1.0
"""How long the list of environments is cached: listing all kernels asks for each of them."""


class EnvironmentKernels(KernelSpecManager):
    """Adds a kernel for each environment below the work folder to the image's kernels."""

    _cache: tuple[float, dict[str, Environment]] = (-CACHE_SECONDS, {})

    def find_kernel_specs(self) -> dict[str, str]:
        """The resource folder of each kernel, by name. Environments use the folder of python3, for its logos."""
        kernels = dict(super().find_kernel_specs())
        logos = kernels.get("python3", "")
        return {**dict.fromkeys(self._environments(), logos), **kernels}

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """The specification of a kernel. Raises NoSuchKernel."""
        by_name = self._environments()
        environment = by_name.get(kernel_name.lower())
        if environment is None:
            return super().get_kernel_spec(kernel_name)
        titles = [other.title for other in by_name.values()]
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
        read_at, by_name = self._cache
        if time.monotonic() - read_at > CACHE_SECONDS:
            by_name = {environment.name: environment for environment in environments(Path.home() / "work")}
            self._cache = (time.monotonic(), by_name)
        return by_name
