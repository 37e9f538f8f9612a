"""Who counts as one address."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from handlers.application import make_application
from handlers.visitors import counted
from tests.visitor import API

if TYPE_CHECKING:
    from handlers.application import IhomeApplication
    from server.services import Services
    from tests.visitor import Visitor


@pytest.fixture
def app(services: Services) -> IhomeApplication:
    """The site behind a proxy on this machine, which names its visitors."""
    trusted = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    settings = services.settings.model_copy(update={"trusted_proxies": trusted})
    return make_application(replace(services, settings=settings))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
        ("no:address", "no:address"),
    ],
)
def test_ipv6_is_counted_by_networks_of_64_bits(address: str, network: str) -> None:
    assert counted(address) == network


@pytest.mark.gen_test(timeout=30)
async def test_the_machines_of_one_ipv6_network_share_a_limit_and_others_do_not(visitor: Visitor) -> None:
    left = []
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:3::1", "192.0.2.7", "192.0.2.8"):
        answer = await visitor.get(f"{API}/image_codes/x", **{"X-Forwarded-For": address})
        left.append(answer.headers["RateLimit"].split(";")[1])

    assert left == ["r=59", "r=58", "r=59", "r=59", "r=59"]
