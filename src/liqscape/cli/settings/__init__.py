"""Where an option comes from: the command line, else the environment, else liqscape.toml, else its default.

The file has a table for each command (`[serve]`, `[alerts.list]`) with its options by name, and `[log]`. A variable is
LIQSCAPE_, the command and the option in capitals: LIQSCAPE_SERVE_PORT. Nothing here is loaded where neither is there.
"""
