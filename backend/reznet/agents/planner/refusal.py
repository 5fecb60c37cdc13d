"""How people are told that no plan came of a request, and what they can do."""

from reznet.agents.planner.checking import Checked

CODE = "plan_refused"


def refusal_of(checked: Checked, max_tokens: int | None) -> tuple[str, str, str]:
    """Return the answer's text, a code, and one sentence with the next step."""
    problems = checked.problems or ("the answer holds no plan",)
    listed = "\n".join(f"- {problem}" for problem in problems)
    mend = _mend(checked, max_tokens)
    text = (
        f"I could not make a plan that can be run, also at the second try:\n\n{listed}\n\n{mend}"
    )
    return text, CODE, f"No plan came of it: {problems[0]}. {mend}"


def _mend(checked: Checked, max_tokens: int | None) -> str:
    if checked.broke_off:
        limit = f" (now {max_tokens})" if max_tokens else ""
        return (
            "Ask for a smaller plan, or raise the most tokens that the agent may answer with"
            f"{limit}, and retry."
        )
    said = " ".join(checked.problems)
    if "agent" in said:
        return "Mention the agents that should take part, such as @backend, or create those that are missing."
    if "wait" in said:
        return (
            "Say what has to come first and what builds on it, or ask for fewer steps, and retry."
        )
    return "Ask in other words or for fewer steps, or make the plan yourself."
