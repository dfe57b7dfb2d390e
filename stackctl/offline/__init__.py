"""Archives for servers without a network: images, the checkout and Python packages in one file."""

__all__ = ["archive", "loading", "manifest", "saving"]
