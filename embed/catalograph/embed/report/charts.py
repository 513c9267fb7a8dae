"""Charts as SVG text, by matplotlib; a page with them loads nothing from elsewhere."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
except ModuleNotFoundError as exc:
    raise MissingExtraError("embed", "matplotlib") from exc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bars", "embedding_map", "lines", "reliability"]

_STYLE: Any = {
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "svg.fonttype": "none",  # text stays text: small, searchable, in the reader's own font
    "svg.hashsalt": "catalograph",  # equal charts get equal ids
}
_OURS, _OTHERS = "#2a6f97", "#b9c4cc"
_SHOWN_CATEGORIES = 12


def lines(series: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str) -> str:
    """Draw curves.

    Args:
        series: points (x, y) by name.
        x: label of the horizontal axis.
        y: label of the vertical axis.
    """
    with _axes(6.4, 3.2) as (axes, finish):
        for name, points in series.items():
            axes.plot(*zip(*points, strict=True), label=name, marker=".", markersize=3)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        if len(series) > 1:
            axes.legend(frameon=False)
        return finish()


def bars(values: Mapping[str, float], x: str, *, others: frozenset[str] = frozenset()) -> str:
    """Draw horizontal bars, the first on top.

    Args:
        values: length by name.
        x: label of the lengths.
        others: names drawn in grey, such as those of published systems.
    """
    names = list(values)
    with _axes(6.4, 0.9 + 0.32 * len(names)) as (axes, finish):
        colours = [_OTHERS if name in others else _OURS for name in names]
        drawn = axes.barh(names, [values[name] for name in names], color=colours)
        axes.bar_label(drawn, fmt="%.4g", padding=3)
        axes.margins(x=0.15)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(x)
        return finish()


def reliability(supposed: Sequence[float], true: Sequence[float], counts: Sequence[int]) -> str:
    """Draw a reliability diagram (DeGroot and Fienberg 1983).

    Args:
        supposed: mean probability of each bin.
        true: share of each bin that was true.
        counts: number of members of each bin, the size of its point.
    """
    with _axes(4.0, 4.0) as (axes, finish):
        axes.plot([0, 1], [0, 1], color=_OTHERS, linestyle="--")
        most = max(counts, default=1)
        axes.scatter(supposed, true, s=[20 + 180 * count / most for count in counts], color=_OURS)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("probability given")
        axes.set_ylabel("share that is true")
        return finish()


def embedding_map(places: NDArray[np.floating[Any]], categories: Sequence[str]) -> str:
    """Draw points coloured by category.

    Args:
        places: float [n, 2].
        categories: name of each point's category; the rarer ones share one colour.
    """
    names, counts = np.unique(np.asarray(categories, dtype=object), return_counts=True)
    shown = [str(name) for name in names[np.argsort(-counts, kind="stable")][:_SHOWN_CATEGORIES]]
    of = np.array([name if name in shown else "" for name in categories], dtype=object)
    palette = mpl.colormaps["tab20"]
    with _axes(7.2, 5.4) as (axes, finish):
        colours = {name: palette(n) for n, name in enumerate(shown)}
        for name, colour in (({"": _OTHERS} if "" in of else {}) | colours).items():
            points = places[of == name]
            # Thousands of points take less space as a raster image than as shapes.
            axes.scatter(
                points[:, 0],
                points[:, 1],
                s=5,
                color=colour,
                label=name or "other",
                rasterized=True,
            )
        axes.set_xticks([])
        axes.set_yticks([])
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
        return finish()


@contextmanager
def _axes(width: float, height: float) -> "Iterator[tuple[Axes, Callable[[], str]]]":
    """Yield axes of a figure in inches, and the function that turns them into SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height))
        yield figure.subplots(), lambda: _svg(figure)


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
    # Without the XML prologue, the SVG can be embedded in a page.
    return re.sub(r"^.*?(?=<svg)", "", stream.getvalue(), count=1, flags=re.DOTALL)
