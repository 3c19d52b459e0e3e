"""`python -m node.demo [--once]`: three nodes on this machine agree a pact."""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from node.cli.language import LANGUAGES, chosen_language
from node.demo.stage import DemoFailed, Stage, stage
from node.demo.story import Story
from node.demo.telling import Teller

# It takes some 20 s on a laptop; on a busy one several times that.
LIMIT_DEFAULT_S = 120

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main() -> None:
    """Show the demonstration and exit: 0 once the pact is in force on all three nodes, 1 with a reason."""
    options = _options()
    tell = Teller(options.lang or chosen_language([], os.environ), sys.stdout)
    try:
        code = asyncio.run(_show(tell, options.once, options.limit))
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read this has gone; Python must not find that out again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)


async def _show(tell: Teller, once: bool, limit_s: float) -> int:
    """Play the story within `limit_s` seconds; unless `once`, keep the nodes until Ctrl-C."""
    _end_on_signals()
    async with stage(tell.language) as set_up:
        story = Story(set_up, tell)
        try:
            async with asyncio.timeout(limit_s):
                await story.play()
        except DemoFailed as failed:
            return _failed(tell, str(failed))
        except TimeoutError:
            held = await set_up.why_not()
            return _failed(
                tell,
                tell(
                    f"no terminó en {limit_s:g} s; se detuvo en «{story.now_at}» (registros: {held})",
                    f"it did not end within {limit_s:g} s, but stopped at “{story.now_at}” (records: {held})",
                ),
            )
        if not once:
            await _keep(tell, set_up)
    if not once:
        tell.result(tell("Detenidos; no queda nada.", "Stopped; nothing is left."))
    return DONE


async def _keep(tell: Teller, set_up: Stage) -> None:
    """Leave the nodes running to look at, until Ctrl-C."""
    tell.step(tell("Los nodos siguen en marcha", "The nodes keep running"))
    for at in set_up.nodes:
        tell.result(f"{at.name}: http://{at.address}/")
        tell.say(f"{_program()} --home {at.home} status", "     ")
    tell.say(
        tell(
            "Ctrl-C los detiene y quita todo lo que esta demostración escribió.",
            "Ctrl-C stops them and removes everything that this demonstration wrote.",
        ),
        "   ",
    )
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


def _program() -> str:
    """Return how the command line is called from where this was started."""
    if shutil.which("minga"):
        return "minga"
    beside = Path(sys.executable).with_name("minga")
    return os.path.relpath(beside) if beside.exists() else "python -m node"


def _end_on_signals() -> None:
    """Have SIGTERM and a closed terminal end the demonstration as Ctrl-C does."""
    showing = asyncio.current_task()
    assert showing is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, showing.cancel)


def _failed(tell: Teller, reason: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(tell(f"La demostración falló: {reason}\n", f"The demonstration failed: {reason}\n"))
    return FAILED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m node.demo",
        description="Three nodes on this machine agree a pact, shown as it happens.",
    )
    parser.add_argument(
        "--once", action="store_true", help="end as soon as the pact is in force on all nodes"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="language; otherwise the terminal's")
    parser.add_argument(
        "--limit",
        type=float,
        default=LIMIT_DEFAULT_S,
        metavar="SECONDS",
        help=f"give up after so long (default {LIMIT_DEFAULT_S})",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
