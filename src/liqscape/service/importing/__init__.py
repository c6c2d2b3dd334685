"""Archives and tables of others into stored history, in steps that survive an interruption (docs/archives.md)."""

from liqscape.service.importing.archives import ArchiveWish, import_archives
from liqscape.service.importing.books import BookWish
from liqscape.service.importing.dumps import write_dumps
from liqscape.service.importing.log import ImportLog, ImportReport
from liqscape.service.importing.tables import TableWish, import_table

__all__ = [
    "ArchiveWish",
    "BookWish",
    "ImportLog",
    "ImportReport",
    "TableWish",
    "import_archives",
    "import_table",
    "write_dumps",
]
