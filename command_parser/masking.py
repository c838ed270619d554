"""How personal data looks wherever people or files could read it (GB/T 35273 practice: 138****8000, 张*)."""

from __future__ import annotations


def mask_phone(number: str) -> str:
    """``+8613800138000`` or ``13800138000`` → ``138****8000``; anything short is starred whole."""
    digits = number.removeprefix("+86")
    if len(digits) < 8:
        return "*" * len(digits)
    return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"


def mask_identity(number: str) -> str:
    """``11010519491231002X`` → ``110105********002X``; other documents keep their last two places."""
    if len(number) == 18:
        return f"{number[:6]}********{number[-4:]}"
    return "*" * max(len(number) - 2, 0) + number[-2:]


def mask_name(name: str) -> str:
    """``张三丰`` → ``张**``; an empty name stays empty."""
    return name[:1] + "*" * (len(name) - 1)
