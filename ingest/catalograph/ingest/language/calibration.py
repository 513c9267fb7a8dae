"""Where classifiers saved by earlier versions look for their curve; pickles name its module."""

from catalograph.ml.calibration import PlattCalibration

__all__ = ["PlattCalibration"]
