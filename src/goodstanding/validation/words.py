"""What each test asks, as people name it; its id stays for machines."""

from typing import Final

OF_ONE_ID: Final = {
    "auc_vs_development": "Ranking against development",
    "binomial": "Defaults against the PD",
    "calibration_line": "Calibration line",
    "grades_chi2": "Defaults against the PD, all grades",
    "hosmer_lemeshow": "Calibration in score groups",
    "jeffreys": "Defaults against the PD (Jeffreys)",
    "kupiec_pof": "Breach rate",
    "multi_year_normal": "Defaults against the PD over years",
    "paired_delong": "Ranking against a challenger",
    "policy_embedded_tests": "Tests that the policy carries",
    "policy_outcome_replication": "Outcomes in batch and live",
    "score_replication": "Scores one by one and in batch",
    "spiegelhalter": "Calibration row by row",
}
OF_A_KIND: Final = {
    "grade_concentration": "Concentration in grades by {}",
    "leakage_auc": "Leakage through {}",
    "leakage_time": "Time of {}",
    "psi": "Shift of the {}",
}


def plain(name: str) -> str:
    """An identifier in plain words: term_months is term months."""
    return name.replace("_", " ").strip()


def test_words(test_id: str) -> str:
    """The test in words; one that has none yet is its id in plain words."""
    kind, colon, of = test_id.partition(":")
    if colon and kind in OF_A_KIND:
        return OF_A_KIND[kind].format(plain(of))
    return OF_ONE_ID.get(test_id) or plain(test_id).capitalize()


test_words.__test__ = False  # type: ignore[attr-defined] - its name is not a test's
