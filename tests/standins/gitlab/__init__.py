"""A GitLab to test against: see README.md."""
