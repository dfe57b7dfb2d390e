"""`python3 -m stackwalls.check`: the health check. Ends with 0 when the walls stand, or are not to.

With `try`: whether this kernel would take them, in a network of this container's own.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Network

from stackwalls import kernel
from stackwalls.rules import Place, Rules
from stackwalls.ruleset import ruleset

if sys.argv[1:] == ["try"]:
    place = Place("192.0.2.1", 443)
    rules = Rules("try", True, False, False, (place,), (place,), ("192.0.2.53",))
    try:
        kernel.load(ruleset(rules, IPv4Network("192.0.2.0/24"), kernel.addresses))
    except kernel.KernelError as error:
        sys.exit(str(error))
else:
    rules = Rules.from_environ()
    sys.exit(rules.isolation and not kernel.standing(rules.name))
