"""Holders of specimen cards, each drawn from a number: names, nations, addresses, reserved ids."""

from __future__ import annotations

from tongtu.simulators.cards.card import Holder

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
_GIVEN = (
    *("小明", "建国", "秀英", "芳", "伟", "敏", "静怡", "浩然", "子轩", "欣悦"),
    *("志强", "丽华", "雨桐", "思远", "晓燕", "国栋", "文博", "佳琪", "俊杰", "婷婷"),
)
# Characters that small models read wrong, and a transliterated name.
_RARE = ("翯", "彧", "祎", "昶", "颢")
_NATIONS = ("汉", "回", "满", "壮", "维吾尔", "蒙古")
_PLACES = (
    "北京市朝阳区望京西路样本小区五号楼三单元1201室",
    "上海市浦东新区样本路88弄6号502室",
    "四川省成都市武侯区样本大道二段77号",
    "广东省深圳市南山区样本街道科技园9栋A座",
    "新疆乌鲁木齐市天山区样本巷12号",
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def holder(number: int) -> Holder:
    """Return the nth holder, the same each time."""
    born = f"{1960 + number * 7 % 45}{number * 5 % 12 + 1:02d}{number * 11 % 28 + 1:02d}"
    body = f"999999{born}{number % 1_000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    given = _RARE[number // 8 % 5] if number % 8 == 7 else _GIVEN[number * 3 % len(_GIVEN)]
    name = "阿依古丽·买买提" if number % 13 == 12 else _SURNAMES[number % len(_SURNAMES)] + given
    return Holder(
        name=name,
        sex="男" if int(body[16]) % 2 else "女",
        nation=_NATIONS[number % len(_NATIONS)],
        born=born,
        address=_PLACES[number % len(_PLACES)],
        number=body + _CHECK[total % 11],
    )


def bank_number(number: int) -> str:
    """Return the nth bank card number, its last digit by Luhn."""
    body = f"622202{number * 7_919 % 10**9:09d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)
