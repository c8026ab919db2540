"""`offender-gateway`: one module a command."""

import argparse
import sys

from gateway.settings import BadSettings

WRONG_SETTINGS = 2


def main() -> None:
    """Run the command that was named."""
    # Each command imports what it needs: the demo needs the constructed upstreams, which the image lacks.
    parser = argparse.ArgumentParser(
        prog="offender-gateway",
        description="A GraphQL gateway that joins NOMIS and Delius into one Offender.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the gateway that the environment describes")
    commands.add_parser(
        "check", help="try the settings, the token and a read on each route, and say what to do next"
    )
    demo = commands.add_parser("demo", help="run the gateway on constructed upstreams")
    demo.add_argument("--port", type=int, default=8080, help="the port of the gateway (8080)")
    try:
        sys.exit(_run(parser.parse_args()))
    except BadSettings as error:
        for line in error.lines:
            sys.stderr.write(f"offender-gateway: {line}\n")
        sys.exit(WRONG_SETTINGS)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "serve":
        from gateway.cli.serve import serve  # noqa: PLC0415

        return serve()
    if arguments.command == "check":
        from gateway.cli.check import check  # noqa: PLC0415

        return check()
    from gateway.cli.demo import demo  # noqa: PLC0415

    return demo(arguments.port)
