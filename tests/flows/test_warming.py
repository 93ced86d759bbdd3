"""The web process loads the slow libraries before somebody waits for them."""

import subprocess
import sys

PROGRAM = """
import sys
from goodstanding.serve.warming import warm_up
from goodstanding.web import charts

slow = {"altair", "scipy.special", "vl_convert"}
assert not slow & set(sys.modules), "loaded already, so that nothing is shown"
warm_up()
assert slow <= set(sys.modules)
assert charts._render.cache_info().currsize == 1, "nothing was drawn"
"""


def test_a_new_process_has_drawn_before_its_first_picture_is_asked_for() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False
    )

    assert ran.returncode == 0, ran.stderr
