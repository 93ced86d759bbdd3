"""The fixed words of the notice to the person who receives a decision, by language.

The reasons come from the policy and the rights from the regimes; these are the sentences between
them. Written for the reader: what was decided, why, what would have changed it, what to do now.
"""

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, str]

ENGLISH: Words = MappingProxyType({
    "title": "Notice of decision",
    "approve": "We have approved your request",
    "refer": "A person is looking at your request",
    "decline": "We cannot approve your request",
    "approve_lead": "We decided on {day}. You do not need to do anything to accept this answer.",
    "refer_lead": (
        "Our first check on {day} did not settle it. A person now decides, and writes to you."
    ),
    "decline_lead": "We decided on {day}. This page says why, and what you can do about it.",
    "for": "For",
    "from": "From",
    "reference": "Reference",
    "decided_on": "Decided on",
    "terms": "What we agreed to",
    "reasons": "Why we decided this",
    "reasons_refer": "Why a person looks at it",
    "reasons_lead": "These are the main reasons, the most important first.",
    "gate": "Our automatic rules were not used for this decision. A person decides.",
    "change": "What would have changed the answer",
    "change_lead": "The smallest change that we found, with everything else as it was:",
    "change_more": "This describes our rules on the day of the decision; it is not a promise.",
    "change_none": "We found nothing in your hands that would have changed the answer that day.",
    "instead_of": "instead of",
    "at_least": "{value} or more",
    "at_most": "{value} or less",
    "would": "The answer would have been: {outcome}.",
    "outcome_approve": "approved",
    "outcome_refer": "a person looks at it",
    "information": "The information that we used",
    "information_lead": "If something here is wrong, tell us: we correct it and decide again.",
    "your_own": "as you gave it to us",
    "not_given": "not known to us",
    "yes": "yes",
    "no": "no",
    "how": "How the decision was made",
    "automated": (
        "By a computer, on the rules {policy}, version {version}. No person took part in it."
    ),
    "automated_refer": (
        "By a computer so far, on the rules {policy}, version {version}. A person decides next."
    ),
    "contest": "If you do not agree",
    "contest_lead": (
        "Write to {company} and give the reference above. Say what you think is wrong and send"
        " what shows it. Somebody who did not make this decision looks at it."
    ),
    "other_language": "Our text for this reason exists in English only.",
})  # fmt: skip

GERMAN: Words = MappingProxyType({
    "title": "Mitteilung einer Entscheidung",
    "approve": "Wir haben Ihrem Antrag zugestimmt",
    "refer": "Ein Mensch prüft Ihren Antrag",
    "decline": "Wir können Ihrem Antrag nicht zustimmen",
    "approve_lead": "Wir haben am {day} entschieden. Sie müssen dafür nichts weiter tun.",
    "refer_lead": (
        "Unsere erste Prüfung am {day} hat kein Ergebnis gebracht. Nun entscheidet ein Mensch und"
        " schreibt Ihnen."
    ),
    "decline_lead": (
        "Wir haben am {day} entschieden. Diese Seite sagt, warum, und was Sie tun können."
    ),
    "for": "Für",
    "from": "Von",
    "reference": "Zeichen",
    "decided_on": "Entschieden am",
    "terms": "Was wir zugesagt haben",
    "reasons": "Warum wir so entschieden haben",
    "reasons_refer": "Warum ein Mensch prüft",
    "reasons_lead": "Dies sind die wichtigsten Gründe, der wichtigste zuerst.",
    "gate": "Unsere automatischen Regeln wurden nicht verwendet. Ein Mensch entscheidet.",
    "change": "Was die Antwort geändert hätte",
    "change_lead": "Die kleinste Änderung, die wir gefunden haben, bei sonst gleichen Angaben:",
    "change_more": "Das beschreibt unsere Regeln am Tag der Entscheidung; es ist keine Zusage.",
    "change_none": "Wir haben nichts gefunden, was Sie an diesem Tag hätten ändern können.",
    "instead_of": "statt",
    "at_least": "{value} oder mehr",
    "at_most": "{value} oder weniger",
    "would": "Die Antwort wäre gewesen: {outcome}.",
    "outcome_approve": "zugestimmt",
    "outcome_refer": "ein Mensch prüft",
    "information": "Die Angaben, die wir verwendet haben",
    "information_lead": (
        "Wenn hier etwas falsch ist, sagen Sie es uns: wir berichtigen es und entscheiden neu."
    ),
    "your_own": "wie von Ihnen angegeben",
    "not_given": "uns nicht bekannt",
    "yes": "ja",
    "no": "nein",
    "how": "Wie die Entscheidung zustande kam",
    "automated": (
        "Durch einen Computer, nach den Regeln {policy}, Fassung {version}. Kein Mensch war"
        " beteiligt."
    ),
    "automated_refer": (
        "Bisher durch einen Computer, nach den Regeln {policy}, Fassung {version}. Als Nächstes"
        " entscheidet ein Mensch."
    ),
    "contest": "Wenn Sie nicht einverstanden sind",
    "contest_lead": (
        "Schreiben Sie an {company} und nennen Sie das Zeichen oben. Sagen Sie, was falsch ist,"
        " und schicken Sie, was es zeigt. Jemand, der nicht entschieden hat, sieht es sich an."
    ),
    "other_language": "Diesen Grund gibt es bei uns nur auf Englisch.",
})  # fmt: skip

LETTERS: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "de": GERMAN})
MONTHS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ),
})  # fmt: skip
