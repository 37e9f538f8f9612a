"""Objects in a bucket of anything that speaks S3."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import opendal
from opendal.layers import RetryLayer, TimeoutLayer

from server.errors import StoreUnavailable
from server.media.stores import failures as bounds
from server.media.stores.failures import failures
from server.media.stores.operator import FAILURES, OperatorStorage

if TYPE_CHECKING:
    from server.media.model import ObjectKey
    from server.media.places import S3Bucket

TRIES = 3
REQUEST_SECONDS = 3.0


class S3Storage(OperatorStorage):
    """A PUT shows all of an object or nothing.

    A deletion whose answer was lost may still arrive: `put` looks whether the object is there before it returns.
    """

    def __init__(self, bucket: S3Bucket) -> None:
        with failures(str(bucket), FAILURES):
            super().__init__(_operator(bucket), str(bucket))

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.PUT_SECONDS):
                await self._operator.write(str(key), content, content_type=key.media_type.value)
                stored = await self._operator.stat(str(key))
        if stored.content_length != len(content):
            raise StoreUnavailable("storage")

    async def tidy(self) -> None:
        """See Storage. Interrupted writes leave nothing: each is one request."""


def _operator(bucket: S3Bucket) -> opendal.AsyncOperator:
    """Each request has its time; only what may succeed the next time is tried again, soon."""
    operator = opendal.AsyncOperator(
        "s3",
        bucket=bucket.name,
        root=bucket.prefix,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=bucket.access_key,
        secret_access_key=bucket.secret_key,
        enable_virtual_host_style=str(bucket.virtual_host).lower(),
        disable_config_load="true",  # no keys from ~/.aws or AWS_…: the setting names them
        disable_ec2_metadata="true",
    )
    patience = TimeoutLayer(timeout=REQUEST_SECONDS, io_timeout=bounds.GET_SECONDS)
    return operator.layer(patience).layer(
        RetryLayer(max_times=TRIES - 1, min_delay=0.1, max_delay=1.0, jitter=True)
    )
