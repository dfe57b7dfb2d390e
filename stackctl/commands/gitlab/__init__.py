"""Sign-in with GitLab: register, check, show, rotate, revoke."""

from stackctl.cli import changing, reading

EXAMPLES = """
stackctl gitlab register   registers this stack at GITLAB_URL, restarts the hub
stackctl gitlab check      checks that people can sign in
"""
COMMANDS = {
    "register": changing("gitlab.register", "register"),
    "check": reading("gitlab.check", "check"),
    "show": reading("gitlab.show", "show"),
    "rotate": changing("gitlab.rotate", "rotate"),
    "revoke": changing("gitlab.revoke", "revoke"),
}
