"""A command a file; images/, gitlab/, config, users and groups are groups of commands."""
