"""Addresses of strangers: which are web addresses at all, and which lead to the public internet."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outgoing.model import (
    BadPort,
    BadScheme,
    BadUrl,
    OutgoingRefused,
    Reach,
    Target,
    is_allowed,
    is_public,
)

# What the special-purpose registries of IANA close, one or more of each.
CLOSED = (
    "0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1",
    "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:53aa:64c::1", "2001:2::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "::ffff:169.254.169.254",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888",
    "2400:3200::1", "2a00:1450::1",
)  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
def test_an_address_of_no_public_network_is_closed(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not is_allowed(ip_address(text), Reach.PUBLIC)


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_beside_them_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses())
def test_what_python_does_not_call_global_is_closed(address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


def test_local_mode_reaches_this_machine_and_nothing_else_of_its_networks() -> None:
    allowed = [text for text in CLOSED if is_allowed(ip_address(text), Reach.LOOPBACK)]

    assert allowed == ["127.0.0.1", "127.255.255.254", "::1"]
    assert all(is_allowed(ip_address(text), Reach.ANYWHERE) for text in CLOSED)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("", BadScheme),
        ("hooks.example.com", BadScheme),
        ("//hooks.example.com/", BadScheme),
        ("http://hooks.example.com/", BadScheme),
        ("ftp://hooks.example.com/", BadScheme),
        ("file:///etc/passwd", BadScheme),
        ("gopher://127.0.0.1:6379/_FLUSHALL", BadScheme),
        ("javascript:alert(1)", BadScheme),
        ("https://", BadUrl),
        ("https:///path", BadUrl),
        ("https:hooks.example.com", BadUrl),
        ("https://user@hooks.example.com/", BadUrl),
        ("https://user:word@hooks.example.com/", BadUrl),
        ("https://hooks.example.com@127.0.0.1/", BadUrl),
        ("https://127.0.0.1#@hooks.example.com/", None),  # an address of ours: what it leads to is asked later
        ("https://hooks.example.com#@127.0.0.1/", None),  # a name of theirs, with a fragment
        ("https://hooks.example.com\\@127.0.0.1/", BadUrl),
        ("https://127.0.0.1\\@hooks.example.com/", BadUrl),
        ("https://hooks.example.com /", BadUrl),
        ("https://hooks.example.com\r\nHost: x/", BadUrl),
        ("https://hooks.example.com/\nX: y", BadUrl),
        ("https://hooks.example.com/\t", BadUrl),
        ("https://hooks\0.example.com/", BadUrl),
        ("https://hooks.example.com:22/", BadPort),
        ("https://hooks.example.com:80/", BadPort),
        ("https://hooks.example.com:6379/", BadPort),
        ("https://hooks.example.com:0/", BadPort),
        ("https://hooks.example.com:65536/", BadUrl),
        ("https://hooks.example.com:-1/", BadUrl),
        ("https://hooks.example.com:4４3/", BadUrl),
        ("https://2130706433/", BadUrl),
        ("https://017700000001/", BadUrl),
        ("https://0x7f000001/", BadUrl),
        ("https://0x7f.0.0.1/", BadUrl),
        ("https://0177.0.0.1/", BadUrl),
        ("https://127.1/", BadUrl),
        ("https://127.0.1/", BadUrl),
        ("https://127.0.0.0x1/", BadUrl),
        ("https://127.0.0.1.2/", BadUrl),
        ("https://256.0.0.1/", BadUrl),
        ("https://hooks..example.com/", BadUrl),
        ("https://.example.com/", BadUrl),
        ("https://hooks.example.com../", BadUrl),
        ("https://-hooks.example.com/", BadUrl),
        ("https://hooks.exa%6dple.com/", BadUrl),
        ("https://*.example.com/", BadUrl),
        ("https://[::1", BadUrl),
        ("https://[fe80::1%25eth0]/", BadUrl),
        ("https://[fe80::1%eth0]/", BadUrl),
        ("https://[v1.x]/", BadUrl),
        ("https://[127.0.0.1]/", BadUrl),
        ("https://" + "a" * 64 + ".example.com/", BadUrl),
        ("https://" + "a." * 130 + "com/", BadUrl),
        ("https://hooks.example.com/" + "a" * 1000, BadUrl),
    ],
)  # fmt: skip
def test_what_is_no_web_address_of_a_stranger_is_refused(
    url: str, refusal: type[OutgoingRefused] | None
) -> None:
    if refusal is None:
        assert Target.parse(url).path == "/"
        return
    with pytest.raises(refusal):
        Target.parse(url)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("HTTPS://Hooks.Example.COM.:443/a?b=c#d", "https://hooks.example.com/a?b=c"),
        ("https://hooks.example.com:8443/a%2Fb", "https://hooks.example.com:8443/a%2Fb"),
        ("https://钩子.example.com/订单?名=值", "https://xn--i8s974k.example.com/%E8%AE%A2%E5%8D%95?%E5%90%8D=%E5%80%BC"),
        ("https://①②⑦.0.0.1/", "https://127.0.0.1/"),
        ("https://１２７．０．０．１/", "https://127.0.0.1/"),
        ("https://ⓛocalhost/", "https://localhost/"),
        ("https://[::FFFF:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
        ("https://8.8.8.8/?a", "https://8.8.8.8/?a"),
    ],
)  # fmt: skip
def test_an_address_has_one_spelling(url: str, sent: str) -> None:
    assert Target.parse(url).url == sent


def test_local_mode_takes_http_and_every_port() -> None:
    target = Target.parse("http://127.0.0.1:9000/hook", Reach.LOOPBACK)

    assert (target.url, target.port) == ("http://127.0.0.1:9000/hook", 9000)
    with pytest.raises(BadScheme):
        Target.parse("ftp://127.0.0.1/", Reach.ANYWHERE)


@given(st.text(max_size=60).map("https://".__add__))
def test_whatever_is_written_is_an_address_in_ascii_or_is_refused(url: str) -> None:
    try:
        target = Target.parse(url)
    except OutgoingRefused:
        return

    assert target.url.isascii()
    assert "@" not in target.authority
    assert Target.parse(target.url) == target
