"""What published liquidation prices say about accounts whose margin is not published. Pure."""

from liqscape.risk.inference.carry import carry_free_margin
from liqscape.risk.inference.classes import ROW_CLASSES, RowClass
from liqscape.risk.inference.fitting import fit_tables
from liqscape.risk.inference.infer import Inference, infer_pools
from liqscape.risk.inference.split import split_pools

__all__ = ["ROW_CLASSES", "Inference", "RowClass", "carry_free_margin", "fit_tables", "infer_pools", "split_pools"]
