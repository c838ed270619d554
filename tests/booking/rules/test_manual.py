"""docs/policies.md is what the program does: its table is the schema, its example a right rule book."""

import re
from pathlib import Path

from written_policy import write_value

from booking.rules.kinds import KINDS
from booking.rules.layers import Policy
from booking.rules.reading import parameters, read_policy

MANUAL = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")


def test_every_key_stands_in_the_manual_with_its_kind_and_default_and_no_other():
    """An administrator finds each key, and finds none that does not exist."""
    told = re.findall(r"^\| `([a-z_.\[\]]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", MANUAL, re.MULTILINE)
    wanted = []
    for name, each in parameters():
        default = "不设" if each.default is None else f"`{write_value(each.default)}`"
        choices = " ".join(f"`{choice}`" for choice in each.metadata["among"])
        says = each.metadata["says"] + (f"：{choices}" if choices else "")
        wanted.append((name, KINDS[each.metadata["kind"]].says, default, says))
    assert told == wanted


def test_the_manuals_example_is_a_right_rule_book():
    """Whoever copies it and begins from there begins well."""
    found = re.search(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    assert found is not None
    policy = read_policy(found[1])
    assert isinstance(policy, Policy), policy
    assert (policy.name, len(policy.layers), len(policy.base.limits)) == ("仁和医院", 2, 2)
