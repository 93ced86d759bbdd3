"""The web process loads the slow libraries before somebody waits for them."""

import sys

from goodstanding.serve.warming import warm_up
from goodstanding.web.charts import as_svg


def test_what_a_chart_needs_is_loaded_and_drawn() -> None:
    import altair as alt

    warm_up()

    assert {"altair", "scipy.special", "vl_convert"} <= set(sys.modules)
    chart = alt.Chart(alt.Data(values=[{"x": 0}])).mark_point().encode(x="x:Q")
    assert "<svg" in as_svg(chart)
