"""`python3 -m stackwalls.check`: the health check. Exits 0 when the firewall is in place, or is switched off.

With `try`: exits 0 when this kernel accepts the rules, in the network of this container alone.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Network

from stackwalls import kernel
from stackwalls.rules import Destination, Rules
from stackwalls.ruleset import ruleset

if sys.argv[1:] == ["try"]:
    destination = Destination("192.0.2.1", 443)
    rules = Rules("try", True, False, False, (destination,), (destination,), ("192.0.2.53",))
    try:
        kernel.load(ruleset(rules, IPv4Network("192.0.2.0/24"), kernel.addresses))
    except kernel.KernelError as error:
        sys.exit(str(error))
else:
    rules = Rules.from_environ()
    sys.exit(rules.isolation and not kernel.loaded(rules.name))
