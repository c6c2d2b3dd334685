"""Settings, health and logs: what runs a server."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "settings: the file comes before the environment",
        "src/liqscape/cli/settings/sources.py",
        "        *settings_in_environment(command, options, os.environ),\n"
        "        *(() if file is None else settings_in_file(command, options, file)),\n",
        "        *(() if file is None else settings_in_file(command, options, file)),\n"
        "        *settings_in_environment(command, options, os.environ),\n",
        ("tests/cli/settings/test_sources.py",),
    ),
    Mutant(
        "settings: a mistyped key is without effect",
        "src/liqscape/cli/settings/sources.py",
        "            raise SettingsError(found.problem)\n",
        "            continue\n",
        ("tests/cli/settings/test_sources.py",),
    ),
    Mutant(
        "settings: anybody's file in a shared folder is read",
        "src/liqscape/cli/settings/file.py",
        "not in (0, os.geteuid())",
        "is None",
        ("tests/cli/settings/test_file.py",),
    ),
    Mutant(
        "settings: an address of Apprise is shown",
        "src/liqscape/cli/settings/masking.py",
        "if scheme.lower() not in PLAIN_SCHEMES:",
        "if not scheme:",
        ("tests/cli/settings/test_masking.py",),
    ),
    Mutant(
        "log: a token is let through",
        "src/liqscape/cli/logs.py",
        "            if secret in message:\n",
        "            if not secret:\n",
        ("tests/cli/test_logs.py",),
    ),
    Mutant(
        "log: a line of JSON has NaN in it",
        "src/liqscape/cli/logs.py",
        "isinstance(value, float) and not math.isfinite(value)",
        "False",
        ("tests/cli/test_logs.py",),
    ),
    Mutant(
        "health: everything is answered under any name",
        "src/liqscape/web/guard.py",
        'and scope["path"] not in self._open_paths',
        "and not self._open_paths",
        ("tests/web/test_health.py",),
    ),
    Mutant(
        "health: a map without a frame is ready",
        "src/liqscape/web/routes/health.py",
        "        if not view.has_frame:\n",
        "        if view is None:\n",
        ("tests/web/test_health.py",),
    ),
    Mutant(
        "bounds of an option are known to its command alone",
        "src/liqscape/cli/settings/bounds.py",
        "return {**_of_question(command), **own}",
        "return {**_of_question(command)}",
        ("tests/cli/settings/test_bounds.py::test_a_number_outside_is_said",),
    ),
)
