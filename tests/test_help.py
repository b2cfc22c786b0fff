"""Every command's help ends with an example that click itself can parse."""

from __future__ import annotations

import shlex

import click
import pytest
from click.testing import CliRunner

from kg.cli import main


def commands() -> dict[str, click.Command]:
    """Words that call a command → the command, groups opened."""
    context, found = click.Context(main), {}
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": sub for inner, sub in command.commands.items()}
        else:
            found[name] = command
    return found


@pytest.mark.parametrize("name", commands())
def test_help_ends_with_an_example_that_parses(name):
    text = CliRunner().invoke(main, [*name.split(), "--help"], terminal_width=80).output
    _, mark, examples = text.rpartition("Example")
    assert mark, name
    lines = [line.strip() for line in examples.splitlines()[1:] if line.strip()]
    calls = [line for line in lines if line.startswith("kg ")]
    assert calls, name
    for line in calls:
        words = shlex.split(line.split(" > ")[0].split(" | ")[0])[1:]
        inner = main
        while isinstance(inner, click.Group):
            inner = inner.get_command(click.Context(inner), words.pop(0))
        inner.make_context(inner.name, words, resilient_parsing=True)
    assert max(map(len, text.splitlines())) <= 80, name
