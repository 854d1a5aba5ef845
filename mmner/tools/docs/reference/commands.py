"""docs/reference/commands.md: the commands of `python -m mmner` with their arguments, from their parsers."""

from __future__ import annotations

import argparse

from mmner.tools.docs.reference import markdown
from mmner.tools.docs.reference.markdown import code

INTRODUCTION = """# Commands

`python -m mmner COMMAND`, in the repository's root unless the command says otherwise; `--help` prints the same.
`dvc` runs the stages: [everyday work](../everyday.md)."""


def page(parser: argparse.ArgumentParser) -> str:
    lines = [markdown.GENERATED, "", INTRODUCTION]
    for name, command in _commands(parser).items():
        lines += [
            "",
            f"## {name}",
            "",
            markdown.prose(command.description),
            "",
            *_of(command, f"python -m mmner {name}"),
        ]
        for action, inner in _commands(command).items():
            about = _help_of(command, action)
            lines += ["", f"### {name} {action}", "", markdown.prose(about[:1].upper() + about[1:]) + ".", ""]
            lines += _of(inner, f"python -m mmner {name} {action}")
    return "\n".join(lines) + "\n"


def _of(parser: argparse.ArgumentParser, called: str) -> list[str]:
    """A line with the required arguments, and a table of all."""
    actions = [
        one for one in parser._actions if not isinstance(one, (argparse._HelpAction, argparse._SubParsersAction))
    ]
    needed = [_written(one) for one in actions if one.required or (not one.option_strings and one.nargs != "?")]
    either = {id(one): group for group in parser._mutually_exclusive_groups for one in group._group_actions}
    needed += ["(" + " | ".join(_written(one) for one in group._group_actions) + ")" for group in _required(parser)]
    if _commands(parser):
        needed.append("ACTION")
    rows = [(code(_written(one)), _about(one, parser, either.get(id(one)))) for one in actions]
    lines = [code(" ".join([called, *needed]))]
    return [*lines, "", *markdown.table(("argument", "what"), rows)] if rows else lines


def _required(parser: argparse.ArgumentParser) -> list:
    return [group for group in parser._mutually_exclusive_groups if group.required]


def _written(action: argparse.Action) -> str:
    """An argument as a user types it: `--out FILE`."""
    name = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper())
    if not action.option_strings:
        return name if action.metavar else action.dest.upper()
    return action.option_strings[-1] if action.nargs == 0 else f"{action.option_strings[-1]} {name}"


def _about(action: argparse.Action, parser: argparse.ArgumentParser, group) -> str:
    said = (action.help or "") % {**vars(action), "prog": parser.prog}
    others = [code(_written(one)) for one in group._group_actions if one is not action] if group else []
    listed = ", ".join(map(str, action.choices)) if action.choices and action.metavar else ""
    extra = [f"one of {listed}"] if listed else []
    extra += [f"not with {' or '.join(others)}"] if others else []
    return markdown.prose("; ".join(filter(None, [said, *extra])))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


def _help_of(parser: argparse.ArgumentParser, name: str) -> str:
    (actions,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return next(one.help for one in actions._choices_actions if one.dest == name)
