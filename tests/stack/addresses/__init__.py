"""Where a browser finds the stack: with and without TLS, a path, GitLab, a host for each person, another web server."""
