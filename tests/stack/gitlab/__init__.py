"""With sign-in through GitLab: a package, so that the stack has local accounts again when the last of these has run."""
