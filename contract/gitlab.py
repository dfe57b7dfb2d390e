"""GitLab roles that STACK_AUTH=gitlab's group settings may require."""

LEVELS = {"developer": 30, "maintainer": 40, "owner": 50}
"""GitLab's access levels by role: https://docs.gitlab.com/api/access_requests/#valid-access-levels

`/oauth/userinfo` distinguishes only these three.
"""
