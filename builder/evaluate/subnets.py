"""Fn::Cidr: cut a block of addresses into equal subnets."""

from __future__ import annotations

import ipaddress
from itertools import islice

_MOST_SUBNETS = 256


def subnets(block: str, count: str, bits: str) -> list[str]:
    """The first `count` subnets of `block` that keep `bits` host bits each, e.g. 8 for a /24 of IPv4.

    A ValueError says what is wrong with an argument.
    """
    try:
        network = ipaddress.ip_network(block)
    except ValueError:
        raise ValueError(f"{block!r} is not a block of addresses such as 10.0.0.0/16") from None
    wanted = _whole_number(count, "the count of subnets", _MOST_SUBNETS)
    host_bits = _whole_number(bits, "the number of subnet bits", network.max_prefixlen)
    prefix = network.max_prefixlen - host_bits
    if prefix < network.prefixlen or wanted > 1 << (prefix - network.prefixlen):
        raise ValueError(f"{block} has no room for {wanted} subnets of /{prefix}")
    return [str(subnet) for subnet in islice(network.subnets(new_prefix=prefix), wanted)]


def _whole_number(text: str, what: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{what} must be a whole number from 1 to {most}, but is {text!r}")
    return int(text)
