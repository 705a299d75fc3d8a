"""Looks: colours, type and sizes of every chart and page, in one place; and matplotlib settings that give the same bytes."""

from contextlib import contextmanager

ACCENT = "#0b6e66"  # the one accent: what the reader should look at
ACCENT_SOFT = "#b3d8d2"  # its range
ACCENT_FAINT = "#dcecea"
ACCENT_NONE = "#f2f8f7"  # where a scale of shades begins
PLAN = "#b45417"  # plans, decisions and promises
INK = "#1b2230"
MUTED = "#5b6675"
GRID = "#d9dce3"
PAPER = "#ffffff"
GROUND = "#f4f6f8"
ASK = "#faf5f0"  # the ground of what is asked of the reader
WARNING_GROUND, WARNING_INK = "#fff2cc", "#6b4e00"
# The colours of a page by their names in the style sheet: by day, at night, on paper.
DAY = {
    "ground": GROUND, "paper": PAPER, "ink": INK, "muted": MUTED, "grid": GRID, "accent": ACCENT, "soft": ACCENT_SOFT,
    "faint": ACCENT_FAINT, "plan": PLAN, "ask": ASK, "warn": WARNING_GROUND, "warn-ink": WARNING_INK, "card": PAPER, "shade": INK + "55",
}  # fmt: skip
NIGHT = {
    "ground": "#10151c", "paper": "#19202a", "ink": "#e9edf3", "muted": "#a9b3c0", "grid": "#38424f", "accent": "#5cc4b7",
    "soft": "#2a5f58", "faint": "#21403d", "plan": "#eda06a", "ask": "#2a231d", "warn": "#4a3b0d", "warn-ink": "#ffe9a8", "card": "#f7f8fa",
    "shade": "#e9edf355",
}  # fmt: skip
PRINTED = DAY | {"ground": PAPER}
SERIES = (ACCENT, "#5b6675", "#b45417", "#7a5ea8", "#3b7dbf", "#8a8f98")  # told apart by lightness too
FONT = ("DejaVu Sans", "sans-serif")
WIDTH, HEIGHT = 7.2, 3.6  # inches; a chart fits an A4 column and a phone
HASH_SALT = "scrm"  # element ids of an SVG depend on it; fixed, so that bytes repeat

SETTINGS = {
    "font.family": list(FONT), "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.edgecolor": GRID, "axes.labelcolor": MUTED, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.6, "axes.axisbelow": True,
    "xtick.color": MUTED, "ytick.color": MUTED, "text.color": INK, "figure.figsize": (WIDTH, HEIGHT),
    "figure.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.facecolor": PAPER, "legend.frameon": False,
    "svg.fonttype": "none", "svg.hashsalt": HASH_SALT, "figure.constrained_layout.use": True, "figure.dpi": 100,
}  # fmt: skip


def apply() -> None:
    """Sets the looks for the whole process: called once at the head of a notebook."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(SETTINGS)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=SERIES)


@contextmanager
def applied():
    """The looks for one block."""
    import matplotlib

    with matplotlib.rc_context():
        apply()
        yield
