"""Exports notebooks to PDF: pandoc turns them into Typst's language, Typst into pages. Neither needs LaTeX or a browser.

The Dockerfile puts it in the place of nbconvert's own export to PDF.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import typst
from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException

SECONDS = 120

PAGE = ("--variable=papersize:a4", "--variable=mainfont:Libertinus Serif")
"""The font is Typst's own; Chinese comes from the system's fonts. pandoc 3.1's template has no font that Typst accepts."""


class StackPDFExporter(Exporter):
    """A notebook as PDF: text, formulas, code, and of each output the image or the plain text."""

    export_from_notebook = "PDF"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **named: Any) -> tuple[bytes, Any]:
        """The PDF. Raises ConversionException with what pandoc or Typst says."""
        nb, resources = super().from_notebook_node(nb, resources, **named)
        beside = Path(resources.get("metadata", {}).get("path") or ".").absolute()
        with TemporaryDirectory() as folder:
            try:
                return self._pages(nbformat.writes(nb), beside, Path(folder)), resources
            except subprocess.CalledProcessError as error:
                raise ConversionException(f"pandoc: {error.stderr.strip()}") from error
            except (subprocess.TimeoutExpired, typst.TypstError) as error:
                raise ConversionException(f"PDF: {error}") from error

    def _pages(self, notebook: str, beside: Path, folder: Path) -> bytes:
        """The pages. `beside`: where the notebook's links to images begin; `folder`: where its images are taken out to."""
        command = ["pandoc", "--from=ipynb", "--to=typst", "--standalone", "--output=notebook.typ"]
        options = ["--extract-media=images", f"--resource-path={beside}", *PAGE]
        subprocess.run(
            [*command, *options], cwd=folder, input=notebook, check=True, capture_output=True, text=True, timeout=SECONDS
        )
        return bytes(typst.compile(folder / "notebook.typ"))
