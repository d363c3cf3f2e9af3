"""What the Makefile calls: python -m rvss.local run | with COMMAND | setup | packages."""

from __future__ import annotations

import argparse
import subprocess
import sys

from rvss.local.environment import ROOT, running_or_development
from rvss.local.front_end import install_front_end
from rvss.local.packages import TO_TEST, ensure
from rvss.local.problem import Problem
from rvss.local.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rvss.local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start the whole service on this machine")
    commands.add_parser("front-end", help="fetch the front-end packages")
    commands.add_parser("test-packages", help="install or name the system packages that tests need")
    within = commands.add_parser("with", help="run a command with the services and settings of `run`")
    within.add_argument("words", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        if chosen.command == "run":
            run()
        elif chosen.command == "front-end":
            install_front_end()
        elif chosen.command == "test-packages":
            ensure(TO_TEST)
        else:
            with running_or_development() as environment:
                return subprocess.run(chosen.words, cwd=ROOT, env=environment, check=False).returncode
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
