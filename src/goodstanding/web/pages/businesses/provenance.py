"""What is real on a page and what is simulated, from what the imports say of themselves."""

from collections.abc import Iterable

from goodstanding.accounts.queries import simulated_companies
from goodstanding.ledger.queries import import_runs
from goodstanding.ledger.types import ImportView
from goodstanding.parties.types import PartyView

INVENTED = (
    "Simulated: names, owners, accounts and contact data of sellers, registrations, bank changes,"
    " enforcements and appeals; each says that it is invented."
)


def provenance_of_business(versions: Iterable[PartyView], runs: Iterable[ImportView]) -> str:
    """The banner of one business: where its rows come from, and what of it was invented.

    Empty for a business of a company that is not a demonstration.
    """
    known = list(versions)
    if not known or known[0].legal_entity not in simulated_companies():
        return ""
    said = sorted({shifted_provenance(run) for run in runs})
    if any(version.simulated for version in known):
        said.append(
            "Simulated: who is behind it; name, owner and contact data are invented."
            if any(not version.simulated for version in known)
            else "Simulated: everything about this business is invented."
        )
    return " ".join(said)


def provenance_of_list(*, desk: str) -> str:
    """The banner of lists: every import of the demonstration's companies, of a desk where given."""
    companies = simulated_companies()
    runs = [run for run in import_runs() if run.legal_entity in companies]
    sources = {
        "credit": {"sba": "loans of the US Small Business Administration"},
        "sellers": {
            "olist": "sellers, orders and reviews of Olist",
            "servicenow": "IT incidents",
        },
    }
    wanted = {
        source: words
        for name, known in sources.items()
        if desk in {"", name}
        for source, words in known.items()
    }
    shown = {run.source: run for run in runs if run.source in wanted}
    if not shown:
        return ""
    real = "; ".join(
        f"{wanted[source]}, dates shifted by {run.shift_days:,} days"
        for source, run in sorted(shown.items())
    )
    return f"Real: {real}." + (f" {INVENTED}" if desk != "credit" else "")


def shifted_provenance(run: ImportView) -> str:
    """Where the rows of an import come from, with the number of days its dates moved."""
    shifted = run.provenance.replace(
        "All dates are shifted by one number of days, stated on the import.",
        f"All dates are shifted by {run.shift_days:,} days." if run.shift_days else "",
    )
    return shifted.strip()
