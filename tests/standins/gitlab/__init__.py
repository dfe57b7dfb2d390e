"""A GitLab to test against: README.md says what it speaks and how to run it."""
