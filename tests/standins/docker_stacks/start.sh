#!/bin/bash
# What comes before the server, as in docker-stacks: hooks, a line of talk, and the command in its own place.
set -e
echo "Running hooks in: /usr/local/bin/before-notebook.d as uid: $(id -u) gid: $(id -g)"
export NOTEBOOK_HOOKS=ran
exec "$@"
