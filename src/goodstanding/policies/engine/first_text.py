"""The smallest text of a new policy that checks, passes its tests and approves nothing unseen."""

import json

_TEXT = """\
# The beginning of a policy: it sends every request to a person until its rules are written.
policy: {name}
version: "0"
title: {title}
desk: {desk}
owner: {owner}
purpose: {purpose}
legal_entities: [{legal_entity}]
time_zone: {time_zone}
currency: {currency}

inputs:
  amount:
    type: DECIMAL(14,2)
    label: amount
    required: true
    min: 0

rules:
  - id: FOR_A_PERSON
    label: A person looks at each request
    when: amount > 0.00
    effect: refer
    reason: FOR_A_PERSON

outcomes:
  approve: {{label: Approve}}
  refer: {{label: Refer to a person, queue: {queue}}}
  decline: {{label: Decline}}

fallback:
  outcome: refer
  reason: NO_APPROVAL
  queue: {queue}

reasons:
  FOR_A_PERSON:
    text: A person looks at every request of this kind
  NO_APPROVAL:
    text: A person decides while the policy has no approval in force

tests:
  - name: a request goes to a person
    inputs: {{amount: 100.00}}
    expect: {{outcome: refer, reasons: [FOR_A_PERSON], queue: {queue}}}
  - name: nothing is asked for
    inputs: {{amount: 0.00}}
    expect: {{outcome: approve, reasons: []}}
"""


def first_text(
    *,
    name: str,
    title: str,
    purpose: str,
    desk: str,
    owner: str,
    legal_entity: str,
    time_zone: str,
    currency: str,
    queue: str,
) -> str:
    """A policy text as YAML, its version `0`, for its author to go on from.

    What people wrote is put in quotes, so that nothing in it is read as YAML.
    """
    return _TEXT.format(
        name=name,
        queue=queue,
        **{
            key: json.dumps(text, ensure_ascii=False)
            for key, text in {
                "title": title,
                "desk": desk,
                "owner": owner,
                "purpose": purpose,
                "legal_entity": legal_entity,
                "time_zone": time_zone,
                "currency": currency,
            }.items()
        },
    )
