"""The notebook images that people choose from."""

from stackctl.cli import changing, reading

EXAMPLES = """
stackctl images list
stackctl images build scipy
stackctl images add quay.io/jupyter/scipy-notebook --title SciPy
"""
COMMANDS = {
    "list": reading("images.list", "list_images"),
    "build": changing("images.build", "build"),
    "check": changing("images.check", "check"),
    "prune": changing("images.prune", "prune"),
    "save": changing("images.save", "save"),
    "load": changing("images.load", "load"),
    "pull": changing("images.pull", "pull"),
    "add": changing("images.add", "add"),
    "remove": changing("images.remove", "remove"),
    "search": reading("images.search", "search"),
    "lock": changing("images.lock", "lock"),
    "verify": reading("images.verify", "verify"),
}
