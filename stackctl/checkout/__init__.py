"""The checkout that stackctl works on: its files, lock, state and secrets."""

__all__ = ["files", "lock", "secrets", "state", "worktree"]
