"""What the first chart would wait for, loaded beside the first visitors."""

import threading
from importlib import import_module

AFTER_SECONDS = 5.0  # the start itself, and the first page, need the processor more


def warm_up_later() -> None:
    """Load it soon, in a thread that ends with the process."""
    timer = threading.Timer(AFTER_SECONDS, warm_up)
    timer.daemon = True
    timer.start()


def warm_up() -> None:
    """Draw a point: Altair, SciPy and the renderer take seconds to load, in a process once."""
    import altair as alt

    from goodstanding.web.charts import as_svg

    import_module("scipy.special")  # the intervals beside every picture
    as_svg(alt.Chart(alt.Data(values=[{"x": 0}])).mark_point().encode(x="x:Q"))
