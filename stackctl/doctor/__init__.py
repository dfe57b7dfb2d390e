"""Looking for known problems: the check groups of `doctor`, and what runs them."""

__all__ = ["check_groups", "checks", "groups", "preflight", "runner", "trial_notebook"]
