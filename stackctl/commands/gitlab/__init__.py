"""`stackctl gitlab …`: this stack's application at GitLab."""
