"""What personal data looks like: e-mail, phone, Chinese identity number, payment card. Used only when asked for."""

from __future__ import annotations

from qarepo_graph.safety.secret_formats import SecretRule

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def is_identity_number(value: str) -> bool:
    """Return whether the last of the 18 digits is the check digit of GB 11643-1999 and the birthday a possible one."""
    if not (value[:17].isdigit() and 1 <= int(value[10:12]) <= 12 and 1 <= int(value[12:14]) <= 31):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, value[:17], strict=True))
    return _ID_CHECKS[total % 11] == value[17].upper()


def is_card_number(value: str) -> bool:
    """Return whether the digits pass the Luhn check and are those of a card, not of one repeated digit."""
    digits = [int(char) for char in value if char.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return len(set(digits)) > 2 and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def is_address(value: str) -> bool:
    """Return whether an e-mail address may be somebody's: the domains set aside for examples are nobody's."""
    domain = value.rpartition("@")[2].lower()
    return not (domain.startswith("example.") or domain.rpartition(".")[2] in {"example", "invalid", "test", "local"})


def _is_phone(value: str) -> bool:
    return len({char for char in value if char.isdigit()}) > 4


PERSONAL: tuple[SecretRule, ...] = (
    SecretRule(
        "email",
        r"\b([A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})\b",
        check=is_address,
        spans_lines=False,
    ),
    SecretRule(
        "identity_number",
        r"\b([1-9]\d{5}(?:18|19|20)\d{9}[\dXx])\b",
        check=is_identity_number,
        spans_lines=False,
    ),
    SecretRule(
        "card_number",
        r"\b((?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|3[47]\d{2}|6\d{3})(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})?)\b",
        check=is_card_number,
        spans_lines=False,
    ),
    # Chinese mobile numbers; international form; North American with its separators.
    SecretRule("phone", r"(?:\+?86[ -]?)?\b(1[3-9]\d[ -]?\d{4}[ -]?\d{4})\b", check=_is_phone, spans_lines=False),
    SecretRule(
        "phone",
        r"(\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4})\b",
        check=_is_phone,
        spans_lines=False,
    ),
    SecretRule("phone", r"(\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4})\b", check=_is_phone, spans_lines=False),
)
"""Rules by the same engine as the secrets'; checksums keep order numbers and constants out."""
