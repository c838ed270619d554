"""Who is meant by words: found as patients write, key and misspell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.directory import DepartmentEntry, Directory, DoctorEntry, Found, spellings
from booking.synonyms import DEPARTMENT_ALIASES, ILLNESSES
from booking.views import DepartmentView, DoctorView

DEPARTMENTS = ["心血管内科", "消化内科", "神经内科", "神经外科", "儿科", "妇产科"]
DOCTORS = [
    ("00868", "王建国", 0, "高血压、冠心病、心律失常"),
    ("00123", "李梅", 1, "胃炎、胃镜"),
    ("00124", "单雄", 2, "头痛、脑血管病"),
    ("00125", "欧阳·娜", 3, "颅脑外伤、脑肿瘤"),
    ("00126", "王健", 4, "小儿支气管哮喘，ADHD"),
    ("00127", "吕布", 5, "产前检查"),
]


def view(number, name, department, speciality):
    return DoctorView(number=number, name=name, title="医师", department=DEPARTMENTS[department], speciality=speciality)


@pytest.fixture(scope="module")
def directory():
    departments = [
        DepartmentEntry(id=nth + 1, view=DepartmentView(code=f"{nth + 1:02d}", name=name, location=""))
        for nth, name in enumerate(DEPARTMENTS)
    ]
    doctors = [DoctorEntry(id=nth + 11, department_id=row[2] + 1, view=view(*row)) for nth, row in enumerate(DOCTORS)]
    return Directory(departments, doctors)


def told(found):
    department = None if found.department is None else found.department.view.name
    return department, [entry.view.name for entry in found.doctors]


@pytest.mark.parametrize(
    ("words", "department", "doctors"),
    [
        ("00868", None, ["王建国"]),
        ("心血管内科", "心血管内科", ["王建国"]),
        ("神经", "神经内科", ["单雄"]),
        ("消化内科的医生", "消化内科", ["李梅"]),
        ("心内科", "心血管内科", ["王建国"]),
        ("小儿科", "儿科", ["王健"]),
        ("妇科", "妇产科", ["吕布"]),
        ("xhnk", "消化内科", ["李梅"]),
        ("XiaoHuaNeiKe", "消化内科", ["李梅"]),
        ("王", None, ["王建国", "王健"]),
        ("王 建 国", None, ["王建国"]),
        ("欧阳娜", None, ["欧阳·娜"]),
        ("wjg", None, ["王建国"]),
        ("wangjian", None, ["王健"]),
        ("sx", None, ["单雄"]),
        ("danxiong", None, ["单雄"]),
        ("lvbu", None, ["吕布"]),
        ("冠心病", None, ["王建国"]),
        ("adhd", None, ["王健"]),
        ("心脏病", None, ["王建国"]),
        ("中风", None, ["单雄"]),
        ("怀孕", None, ["吕布"]),
        ("王健国", None, ["王建国", "王健"]),
        ("王国建国", None, ["王建国"]),
        ("冠状心病", None, ["王建国"]),
        ("高压血压", None, ["王建国"]),
        ("心律时常", None, ["王建国"]),
        ("心失常", None, ["王建国"]),
        ("小儿气管哮喘", None, ["王健"]),
        ("常失律心", None, []),
        ("骨科", None, []),
        ("青光眼", None, []),
        ("xyz", None, []),
        ("感冒", None, []),
        ("%", None, []),
        ("", None, []),
        (" ", None, []),
    ],
)
def test_words_find(directory, words, department, doctors):
    """Number, department by name, part, abbreviation, alias or pinyin, doctor by name, pinyin, speciality, synonym or with a slip."""
    assert told(directory.find(words)) == (department, doctors)


def test_what_the_store_looks_up(directory):
    """A doctor by his row, a department by its code, its doctors; nobody for what is not there."""
    assert directory.doctor(11).view.name == "王建国"
    assert directory.doctor(99) is None
    assert directory.department("02").view.name == "消化内科"
    assert directory.department("99") is None
    assert [entry.view.name for entry in directory.members(1)] == ["王建国"]
    assert directory.members(99) == ()
    assert [view.code for view in directory.departments] == ["01", "02", "03", "04", "05", "06"]
    assert len(directory.doctors) == len(DOCTORS)
    assert Directory([], []).find("王") == Found()


def test_names_are_keyed_in_every_reading():
    """单 is shan, dan or chan; a name with many such characters has sixteen spellings at most, each with its initials."""
    assert {"danxiong", "dx", "shanxiong", "sx"} <= spellings("单雄")
    assert 16 <= len(spellings("单解仇查朴")) <= 32
    assert spellings("John") == set()


@given(st.text(max_size=12))
def test_no_words_break_it(words):
    """Whatever is typed, the answer is a value; who is found by a name holds it."""
    departments = [DepartmentEntry(id=1, view=DepartmentView(code="01", name="内科", location=""))]
    found = Directory(departments, [DoctorEntry(id=1, department_id=1, view=view(*DOCTORS[0]))]).find(words)
    assert isinstance(found, Found)


def test_synonyms_stand_for_something_else():
    """A word that stands for itself, or for nothing, has no place in the list."""
    for table in (DEPARTMENT_ALIASES, ILLNESSES):
        assert all(meant and word not in meant for word, meant in table.items())
