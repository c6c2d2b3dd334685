"""SQL over what lies in a folder, read only, with DuckDB: views of its files, tables of any moment (docs/sql.md)."""

from liqscape.service.sql.connection import connect
from liqscape.service.sql.statements import Result, fetch, run, write

__all__ = ["Result", "connect", "fetch", "run", "write"]
