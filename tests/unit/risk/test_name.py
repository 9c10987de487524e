import pytest

from tongtu.risk.rules.name import READINGS_MAX, plain, readings, score


@pytest.mark.parametrize(
    ("name", "listed", "expected"),
    [
        ("王小明", "王小明", 100),
        ("王　小明", "王小明", 100),  # an ideographic space
        ("ＷＡＮＧ Xiaoming", "wang xiaoming", 100),  # full width
        ("买买提·艾力", "买买提艾力", 100),
        ("José Núñez", "jose nunez", 100),
        ("王晓明", "王小明", 92),  # read alike
        ("王小明", "Wang Xiaoming", 92),
        ("Xiaoming Wang", "王小明", 88),  # the family name last
        ("Xiao-Ming WANG", "王小明", 88),
        ("單雄信", "单雄信", 92),  # traditional writing
        ("单雄信", "Shan Xiongxin", 92),  # a family name's own reading
        ("曾国藩", "Zeng Guofan", 92),
        ("王小明", "Wang Xiaomin", 91),  # a letter is missing
        ("王小明", "李大山", 0),
        ("王小明", "王大明", 0),
        ("王", "汪", 92),
        ("··", "王小明", 0),
    ],
)
def test_a_name_is_as_near_as_its_writing_and_reading(name, listed, expected):
    assert score(name, listed) == expected == score(listed, name)


def test_one_form_for_all_writings():
    assert plain("  Ｏ’Brien－Ｓmith ") == "obriensmith"


def test_a_character_of_several_readings_has_all_of_them_and_never_too_many():
    assert ("shan", "xiong") in readings("单雄")
    assert ("dan", "xiong") in readings("单雄")
    assert len(readings("和" * 60)) == READINGS_MAX
