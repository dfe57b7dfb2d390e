"""Images: building, pulling, checking, locking and publishing them."""

__all__ = [
    "base",
    "build_record",
    "builder",
    "check",
    "image_cache",
    "inputs",
    "listing",
    "lock",
    "published",
    "pull",
    "registry_errors",
    "search",
]
