"""Storage URLs: what they mean, what is refused, and that no sentence repeats the keys."""

from __future__ import annotations

import pytest

from server.media.places import (
    BadStorageUrl,
    Folder,
    Mirror,
    QiniuBucket,
    S3Bucket,
    exposed_addresses,
    parse_place,
    plain_places,
)

S3 = "s3://AK%3Aone:se%2Fcr%2Bet@pictures/site?endpoint=https://s3.example.com/&region=eu-1&style=virtual"
QINIU = "qiniu://AKone:secret@pictures?domain=https://img.example.com"


def test_a_folder_is_absolute() -> None:
    assert parse_place("fs:/srv/my%20pictures") == Folder("/srv/my pictures")


def test_an_s3_url_names_bucket_keys_endpoint_region_and_prefix() -> None:
    assert parse_place(S3) == S3Bucket(
        "pictures", "AK:one", "se/cr+et", "https://s3.example.com", "eu-1", "/site", virtual_host=True
    )
    plain = parse_place("s3://a:b@bucket?endpoint=http://10.0.0.7:9000")
    assert plain == S3Bucket("bucket", "a", "b", "http://10.0.0.7:9000", "us-east-1", "/", virtual_host=False)


def test_a_qiniu_url_names_bucket_keys_domain_and_region_or_host() -> None:
    assert parse_place(QINIU) == QiniuBucket(
        "pictures", "AKone", "secret", "https://img.example.com", "z0", ""
    )
    sandbox = parse_place(
        "qiniu://a:b@Pictures?domain=http://127.0.0.1:8001/d&host=http://127.0.0.1:8001/qiniu"
    )
    assert sandbox == QiniuBucket(
        "Pictures", "a", "b", "http://127.0.0.1:8001/d", "z0", "http://127.0.0.1:8001/qiniu"
    )


def test_a_mirror_names_two_stores_or_more() -> None:
    three = parse_place(f"mirror:fs:/a|mirror:{QINIU}|fs:/b")

    assert three == Mirror(Folder("/a"), Mirror(parse_place(QINIU), Folder("/b")))
    assert plain_places(three) == (Folder("/a"), parse_place(QINIU), Folder("/b"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv",
        "fs:",
        "fs:relative/folder",
        "fs://host/folder",
        "gopher:/x",
        "FTP://x",
        "s3://pictures?endpoint=https://x",
        "s3://SECRET@pictures?endpoint=https://x",
        "s3://a:SEC/RET@pictures?endpoint=https://x",
        "s3://a:SECRET@pictures",
        "s3://a:SECRET@pictures?endpoint=ftp://x",
        "s3://a:SECRET@pictures?endpoint=https://x:99999",
        "s3://a:SECRET@pictures?endpoint=https://u:SECRET@x",
        "s3://a:SECRET@pictures?endpoint=https://x&acl=SECRET",
        "s3://a:SECRET@pictures?endpoint=https://x&style=SECRET",
        "s3://a:SECRET@pictures?endpoint=https://x&region=SECRET",
        "s3://a:SECRET@pictures:80?endpoint=https://x",
        "s3://a:SECRET@[pictures?endpoint=https://x",
        "s3://a:SECRET@pict\u2100ures?endpoint=https://x",
        "qiniu://a:SECRET@pictures",
        "qiniu://a:SECRET@pictures/folder?domain=https://x",
        "qiniu://a:SECRET@pictures?domain=https://x&region=z1&host=https://y",
        "mirror:fs:/a",
        "mirror:fs:/a|",
        "mirror:fs:/a|fs:/a",
        "mirror:fs:/a|s3://a:SEC#RET@pictures?endpoint=https://x",
    ],
)
def test_a_url_that_names_no_store_is_refused_without_its_keys(url: str) -> None:
    with pytest.raises(BadStorageUrl) as refusal:
        parse_place(url)

    assert "SEC" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("url", [S3, QINIU, f"mirror:{S3}|{QINIU}"])
def test_what_people_see_of_a_store_leaves_out_its_keys(url: str) -> None:
    place = parse_place(url)

    for text in (str(place), repr(place)):
        assert "secret" not in text
        assert "se/cr+et" not in text


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("fs:/a", []),
        (S3, []),
        ("s3://a:b@c?endpoint=http://127.0.0.1:9000", []),
        ("s3://a:b@c?endpoint=http://192.168.1.4:9000", []),
        ("s3://a:b@c?endpoint=http://[fd00::1]:9000", []),
        ("s3://a:b@c?endpoint=http://8.8.8.8", ["http://8.8.8.8"]),
        ("s3://a:b@c?endpoint=http://minio", ["http://minio"]),
        ("qiniu://a:b@c?domain=http://127.0.0.1:8001", ["http://127.0.0.1:8001"]),
        ("mirror:fs:/a|qiniu://a:b@c?domain=https://d&host=http://e", ["http://e"]),
    ],
)
def test_what_would_cross_a_network_unencrypted_is_told(url: str, exposed: list[str]) -> None:
    assert exposed_addresses(parse_place(url)) == exposed
