"""What experiments refuse, and how each refusal is mended."""

from goodstanding.core.errors import Refusal


class PlanFixed(Refusal):
    """An experiment called {name} is planned already, and a plan does not change."""

    code = "plan_fixed"
    status = 409
    mend = "Propose another one under a new name; what was registered stays as it was."


class PlanIncomplete(Refusal):
    """The plan does not hold: {why}."""

    code = "plan_incomplete"


class ArmNotReady(Refusal):
    """Version {label} is {status} and was not approved by the desk, so it decides in no arm."""

    code = "arm_not_ready"
    status = 409
    mend = "Propose it and let a second person approve it on the policy's page first."


class ControlNotChampion(Refusal):
    """The control of {name} is not the version that decides now, {label}."""

    code = "control_not_champion"
    status = 409
    mend = "Plan the experiment against the champion, or activate the control."


class TrafficShared(Refusal):
    """Version {label} shares the decisions of {policy} already."""

    code = "traffic_shared"
    status = 409
    mend = "End its share first; two splits at once cannot be told apart."


class RegistrarWroteIt(Refusal):
    """{who} planned this experiment and cannot register it."""

    code = "registrar_wrote_it"
    status = 409
    mend = "Ask another person to read the plan and register it."


class StepTooEarly(Refusal):
    """{name} is {state}; it cannot be {step} now."""

    code = "experiment_step_refused"
    status = 409
    mend = "The order is: propose, register by a second person, start, halt if it must be, end."


class WhyMissing(Refusal):
    """A reason is missing."""

    code = "reason_missing"
    mend = "Say in a sentence why; it is kept with the step."


class PlanUnreadable(Refusal):
    """{path} is not the plan of an experiment: {why}."""

    code = "plan_unreadable"
    mend = "Compare it with the example in docs/experiments.md."


class LoggedNothing(Refusal):
    """There is no decision of {policy} that could be evaluated: {why}."""

    code = "logged_nothing"
    mend = "Name another policy or period, or give a table of logged decisions."
