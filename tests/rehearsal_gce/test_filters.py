"""Both kinds of filter expression over resources of every sort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.rehearsal.gce.errors import ApiError
from cloudgpu.rehearsal.gce.filters import parsed
from tests.rehearsal_gce.asking import Api

MACHINES = [
    {
        "name": name,
        "id": str(number),
        "creationTimestamp": f"2026-05-0{number}T10:00:00.000-07:00",
        "labels": {"team": team} if team else {},
        "scheduling": {"automaticRestart": number == 1, "minNodeCpus": number * 10},
        "description": description,
    }
    for number, (name, team, description) in enumerate(
        [("a2-one", "red", "one (1)"), ("a3-two", "blue", 'so "called"'), ("g2-three", "", "three")], start=1
    )
]


def found(expression: str) -> str:
    matches = parsed(expression, "Instance")
    return "".join(str(one["id"]) for one in MACHINES if matches(one))


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("name eq a2-one", "1"),
        ('name eq "(a2|a3|a4|g2|g4)-.*"', "123"),
        ("name eq '(a2|a3)-.*'", "12"),
        ("name eq (a2|a3)-.*", "12"),
        ("name ne .*three", "12"),
        ("name eq a2", ""),
        ("name eq .*T.*", ""),
        ("name eq (?i).*T.*", "23"),
        ("(name eq .*-t.*) (name ne .*o)", "3"),
        ('(name eq "a.*")(name ne "a3.*")', "1"),
        ("(name eq (a|g)2-.*)", "13"),
        (r'description eq "one \(1\)"', "1"),
        (r"(description eq one.\(1\))", "1"),
        (r'description eq ".*\".*"', "2"),
        (r"name eq [a-z]\d-\w+\z", "123"),
        ("name eq [*+]+", ""),
        ("labels.team eq .*", "12"),
        ("labels.team ne red", "23"),
        ("scheduling.automaticRestart eq true", "1"),
        ("scheduling.minNodeCpus eq [12]0", "12"),
    ],
)
def test_regular_expressions(expression: str, ids: str) -> None:
    assert found(expression) == ids


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("scheduling.minNodeCpus > 10", "23"),
        ("scheduling.minNodeCpus>=10", "123"),
        ("scheduling.minNodeCpus<20.5 AND scheduling.minNodeCpus>5", "12"),
        ("id <= 2", "12"),
        ('creationTimestamp > "2026-05-01T17:00:00Z"', "23"),
        ('creationTimestamp < "2026-05-02T18:00:00+01:00" OR id = 3', "13"),
        ("scheduling.hostErrorTimeoutSeconds < 5", ""),
        ("name = a*", "12"),
        ("name = [a]*", ""),
        ("name : wo", "2"),
    ],
)
def test_comparisons(expression: str, ids: str) -> None:
    assert found(expression) == ids


@pytest.mark.parametrize(
    "expression",
    [
        "name eq a AND id = 3",
        "name eq one two",
        "(name eq a) AND (name eq b)",
        "(name eq a) (id = 3)",
        "(id = 3) (name eq a)",
        "(name eq a) (labels.team eq b)",
        "(name eq a",
        "(name eq a))",
        "(name eq a) b",
        'name eq "a',
        "name eq",
        "name eq (a",
        "name eq a(?=b)",
        "name eq a(?!b)",
        r"name eq (a)\1",
        "name eq a++",
        "name eq [[:alpha:]]+",
        r"name eq \pL+",
        "colour eq red",
        "tags.items eq web",
        "disks eq 1",
        "name > a",
        "name <= a",
        "id > many",
        "creationTimestamp < yesterday",
        "scheduling.automaticRestart > false",
        "id => 3",
    ],
)
def test_what_is_no_filter(expression: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parsed(expression, "Instance")
    why = f"Invalid value for field 'filter': '{expression}'. Invalid list filter expression."
    assert (refusal.value.http_status, str(refusal.value)) == (400, why)


def test_a_regular_expression_chooses_machine_types(api: Api) -> None:
    """The call that a program for GPUs makes: every machine type that brings its own, in every zone, in one list."""
    items = api.get("/aggregated/machineTypes", filter='name eq "(a2|a3|a4|g2|g4)-.*"')["items"]
    seen = {one["name"] for scope in items.values() for one in scope.get("machineTypes", ())}
    assert {"g2-standard-4", "a2-highgpu-1g"} <= seen
    assert {name.partition("-")[0] for name in seen} <= {"a2", "a3", "a4", "g2", "g4"}


WORDS = st.sampled_from(
    [
        "name",
        "labels.team",
        "eq",
        "ne",
        "=",
        "!=",
        ">",
        ":",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        " ",
        '"',
        "'",
        "\\",
        "a*",
        "[",
        "{2",
        "|",
    ]
)


@given(st.lists(WORDS, max_size=12).map("".join))
def test_whatever_is_asked_is_understood_or_refused_in_googles_words(expression: str) -> None:
    try:
        matches = parsed(expression, "Instance")
    except ApiError as refusal:
        assert "Invalid list filter expression." in str(refusal)
    else:
        assert all(matches(one) in (True, False) for one in MACHINES)
