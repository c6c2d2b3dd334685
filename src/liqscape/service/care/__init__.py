"""Care of a data folder by command: what is in it, backups, checks, removal (docs/operations.md, "Upgrade, backup")."""
