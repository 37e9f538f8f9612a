"""`make fuzz`: the document against a site of its own, by chance; FUZZ_SECONDS long, FUZZ_SEED to see a run again."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

import click

from tests.fuzz.cast import gather, served
from tests.fuzz.play import SIGN_OUT, Play, run

PLAYERS = ("host", "guest", "program", "nobody")
CASES = 50


def main() -> None:
    """Each player in turn; the exit code is 1 when an answer was none that the document tells of."""
    seconds = int(os.environ.get("FUZZ_SECONDS") or 600)
    seed = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(2**32))
    click.echo(f"FUZZ_SECONDS={seconds} FUZZ_SEED={seed}")
    share = max(10, seconds // len(PLAYERS))
    plays = [Play(player=player, cases=CASES, seconds=share, seed=seed) for player in PLAYERS]
    plays.append(Play(player="leaver", cases=CASES, only=SIGN_OUT, seed=seed))
    with tempfile.TemporaryDirectory(prefix="ihome-fuzz-") as folder:
        sys.exit(0 if play_all(plays, Path(folder)) else 1)


def play_all(plays: list[Play], folder: Path) -> bool:
    """Whether all went well; what did not is printed."""
    with served(folder / "site") as site:
        cast = gather(site)
        outcomes = []
        for play in plays:
            outcome = run(play, cast, folder)
            outcomes.append(outcome.is_sound)
            word = "as the document says" if outcome.is_sound else "NOT as the document says"
            click.echo(
                f"{play.player}: {outcome.cases} requests to {outcome.operations} calls, answered {word}"
            )
            if not outcome.is_sound:
                click.echo(outcome.text)
        has_failed = "unexpected failure" in site.log("serve")
        if has_failed:
            click.echo(site.log("serve")[-20_000:])
    return all(outcomes) and not has_failed


if __name__ == "__main__":
    main()
