"""The hub's own configuration: settings, sign-in, spawner and services, one concern a module."""
