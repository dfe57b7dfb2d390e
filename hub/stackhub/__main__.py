"""`python -m stackhub`: the hub."""

import gc

gc.disable()  # while modules are imported: what they create stays, and looking through it takes time
from stackhub.app import StackHub  # noqa: E402

gc.freeze()
gc.enable()
StackHub.launch_instance()
