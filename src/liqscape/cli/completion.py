"""`liqscape completion`: the script a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print the completion script for bash, zsh or fish.

    Put it where the shell looks for completions, for example
    `liqscape completion bash > ~/.local/share/bash-completion/completions/liqscape`.
    `liqscape --install-completion` does that for the present shell.

    Parameters
    ----------
    shell
        The shell the script is for.
    """
    from liqscape.cli.main import build_app

    print(build_app().generate_completion(shell=shell))
