"""Sign-in: the authenticator that STACK_AUTH names, and the check that people still have access."""

__all__ = ["authenticator", "gitlab", "local", "pam"]
