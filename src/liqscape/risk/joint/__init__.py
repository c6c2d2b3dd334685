"""Joint liquidation: all coins move along a path, and each account has its first liquidation on it (docs/joint.md)."""

from liqscape.risk.joint.betas import Betas, BetaSource, estimate_betas, named_betas
from liqscape.risk.joint.curve import JointCurve, joint_curve
from liqscape.risk.joint.path import JointPath, along_betas, along_moves
from liqscape.risk.joint.solve import JointLevels, JointStatus, nearest, solve_joint

__all__ = [
    "BetaSource",
    "Betas",
    "JointCurve",
    "JointLevels",
    "JointPath",
    "JointStatus",
    "along_betas",
    "along_moves",
    "estimate_betas",
    "joint_curve",
    "named_betas",
    "nearest",
    "solve_joint",
]
