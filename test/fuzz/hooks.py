"""Hooks of schemathesis, which SCHEMATHESIS_HOOKS names: `npm run test:fuzz` sets it."""

import schemathesis

# Generated text is hardly ever a name, and the request would end there.
TARGETS = (
    "shop.example.com",
    "*.shop.example.com",
    "xn--bcher-kva.example.com",
    "11.0.0.1",
    "2a00:1450::1",
    "1.0.0.11.in-addr.arpa",
)


@schemathesis.hook
def map_body(context, body):
    """Two of three requests are for a target that can be checked; which ones depends on the request alone."""
    if not isinstance(body, dict) or not isinstance(body.get("domain_or_ip_target"), str):
        return body
    weight = len(repr(body))
    if weight % 3 == 0:
        return body
    return {**body, "domain_or_ip_target": TARGETS[weight % len(TARGETS)]}
