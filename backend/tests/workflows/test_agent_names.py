"""Names of agents as models and people write them."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reznet.core.text import name_key
from reznet.workflows.agent_names import AgentNames, likely_handles, resolve_agent

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Agent:
    name: str

    @property
    def handle(self) -> str:
        return name_key(self.name).replace(" ", "-")


AGENTS = [Agent(name) for name in ("Senior Researcher", "Analyst", "Researcher", "Économiste")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("['Senior Researcher']", "Senior Researcher"),
        ('"senior researcher', "Senior Researcher"),
        ("Senior  Researcher", "Senior Researcher"),
        ("senior_researcher", "Senior Researcher"),
        ("@Senior-Researcher", "Senior Researcher"),
        ("SENIOR RESEARCHER.", "Senior Researcher"),
        ("“Senior\u00a0Researcher”", "Senior Researcher"),
        ("@Analyst", "Analyst"),
        ("analyst ", "Analyst"),
        ("`analyst`", "Analyst"),
        ("the Analyst", "Analyst"),
        ("Analyst agent", "Analyst"),
        ("**researcher**", "Researcher"),
        ("économiste", "Économiste"),
        ("e\u0301conomiste", "Économiste"),
    ],
)
def test_a_name_is_understood(text: str, name: str) -> None:
    found = resolve_agent(text, AGENTS)
    assert found is not None
    assert found.name == name
    assert found.handle in likely_handles(text)


@pytest.mark.parametrize(
    "text", ["", " ", "[]", "@", "Senior", "analysts", "['Analyst', 'Researcher']", "x" * 10_000]
)
def test_what_names_nobody_is_nobody(text: str) -> None:
    assert resolve_agent(text, AGENTS) is None


names = st.from_regex(r"[A-Za-z0-9]+([ -][A-Za-z0-9]+){0,3}", fullmatch=True).filter(
    lambda name: len(name) <= 50
)
ends = st.text("[]'\"`* @()<>.,:“”", max_size=5)


@UNHURRIED
@given(
    st.lists(names, min_size=1, max_size=8, unique_by=lambda name: Agent(name).handle), st.data()
)
def test_every_agent_is_found_by_its_name_however_it_is_wrapped(
    known: list[str], data: st.DataObject
) -> None:
    agents = [Agent(name) for name in known]
    directory = AgentNames(agents)
    meant = data.draw(st.sampled_from(agents))
    written = data.draw(st.sampled_from([meant.name, meant.handle, meant.name.upper()]))
    text = data.draw(ends) + written + data.draw(ends)
    assert directory.find(text) is meant
    assert meant.handle in likely_handles(text)
