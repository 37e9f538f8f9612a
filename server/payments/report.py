"""What the command line says about refunds that failed, and how they are tried anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from server.payments.model import yuan

if TYPE_CHECKING:
    from server.payments.service import PaymentService


async def refunds(payments: PaymentService, *, again: bool) -> int:
    """A line for each refund that failed; with `again` each is queued anew. 1 when any is left as it was."""
    failed = await payments.failed_refunds()
    left = 0
    for refund in failed:
        queued = again and await payments.refund_again(refund)
        left += not queued
        state = "queued anew" if queued else f"failed: {refund.failure}"
        click.echo(f"{refund.number}  order {refund.order_id}  {yuan(refund.amount_fen)} yuan  {state}")
    if not failed:
        click.echo("No refund failed.")
    return 1 if left else 0
