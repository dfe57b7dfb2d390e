"""`python -m stackhub`: the hub."""

from stackhub.app import StackHub

StackHub.launch_instance()
