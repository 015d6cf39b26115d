from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarepo_graph.safety.secrets import _expression, _secrets, redact, redact_json
from tests.security.secret_corpus import NAMED, planted, private_key
from tests.security.secret_tokens import PREFIXED, PRIVATE


@pytest.mark.parametrize("seed", [1, 2])
def test_of_4240_planted_secrets_none_is_left(seed: int) -> None:
    planted_secrets = list(planted(seed))
    left = [p for p in planted_secrets if any(piece in redact(p.text).text for piece in p.pieces)]
    assert left == []
    assert len(planted_secrets) == 4240
    assert len(PREFIXED) + len(NAMED) + len(PRIVATE) + 2 == 106


def test_lines_stay_where_they_are_and_a_second_pass_changes_nothing() -> None:
    for case in planted(3, per_family=12):
        text = f"def before(): ...\n{case.text}\ndef after(): ..."
        once = redact(text)
        assert once.text.count("\n") == text.count("\n"), case
        assert once.text.endswith("\ndef after(): ..."), case
        assert redact(once.text).text == once.text, case


def test_findings_say_kind_and_line() -> None:
    text = 'a = 1\nTOKEN = "ghp_' + "aB3dE6gH9j" * 3 + 'kL2mN5"\nPASSWORD = "x7!kQ9z#"\n'
    kinds = [(finding.kind, finding.line, finding.blocking) for finding in redact(text).findings]
    assert kinds == [("github_token", 2, False), ("password", 3, False)]


def test_private_keys_block_and_keep_their_line_count() -> None:
    import random

    text = 'KEY = """' + private_key(random.Random(5)) + '"""\nprint(KEY)\n'
    redaction = redact(text)
    assert redaction.blocking
    assert redaction.text == f'KEY = """{redaction.findings[0].placeholder}' + "\n" * 13 + '"""\nprint(KEY)\n'


def test_a_private_key_cut_off_in_the_middle_is_found() -> None:
    import random

    cut = private_key(random.Random(6)).rsplit("\n", 4)[0]
    redaction = redact(cut + "\n")
    assert redaction.blocking
    assert redaction.text.strip("\n") == redaction.findings[0].placeholder


def test_code_that_only_speaks_of_private_keys_is_left_alone() -> None:
    text = 'if "-----BEGIN RSA PRIVATE KEY-----" in pem and pem.endswith("-----END RSA PRIVATE KEY-----"):\n    f()\n'
    assert redact(text).text is text


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password(user)",
        "token = tokens[0].value",
        'password = os.environ["DB_PASSWORD"]',
        '"password": "{password}",',
        'token = "<your token here>"',
        "api_key = 'YOUR_API_KEY_HERE_123'",
        "aws = 'AKIAIOSFODNN7EXAMPLE'",
        'TOKEN_URL = "https://auth.corp/oauth2/token"',
        "sha = '5f3a0c0b1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f70'",
        "secret = sha256(key1 + key2)",
        'grant_type, token_type = "client_credentials", "Bearer"',
        "url = f'postgresql://{user}:{password}@{host}/db'",
        "https://user:password@example.com/",
        "risk-adjusted task-management-framework-for-everyone-in-here",
        "self.token_v2 = config.tokens.v2_default_2024",
        "private_key = rsa.generate_private_key(65537, 2048)",
        "you can pass `spec=True` or `spec_set=True`",
        "if password:\n    utf8mb4 = check_v2(raw1)\n",
        'tokens = ["first_token", "second_token"]',
        "# the token is first_token_v2",
        'parser.add_argument("--token", help="of the server", default="")',
        "mysql -u root -p",
        'DEFAULT_PASS = "one_pass_2"',
        "data = 'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8='",
        "$ curl -u user:password https://api.corp",
        '{"name": "password", "type": "string", "value": "{password}"}',
    ],
)
def test_code_without_a_secret_is_the_same_object_afterwards(text: str) -> None:
    assert redact(text).text is text


def test_real_code_has_at_most_one_false_redaction_in_10000_lines() -> None:
    lines = found = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*/*.py")):
        if path.parent.name in {"test", "site-packages", "lib2to3"}:
            continue
        text = path.read_text("utf-8", errors="replace")
        lines += text.count("\n")
        found += len(redact(text).findings)
    assert lines > 100_000
    assert found <= lines / 10_000


def test_the_same_secret_has_the_same_placeholder_in_another_process() -> None:
    secret = "sk-0123456789abcdef0123456789fedcba"
    here = redact(f"x = '{secret}'").text
    code = f"from qarepo_graph.safety.secrets import redact; print(redact('''# other place: {secret}''').text)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    placeholder = here.split("'")[1]
    assert placeholder.startswith("REDACTED_SK_KEY_")
    assert placeholder.isidentifier()
    assert other == f"# other place: {placeholder}\n"


def test_a_run_s_own_key_goes_whatever_it_looks_like() -> None:
    assert redact("error for key qwertyuiop!", known=("qwertyuiop!", "short")).text.startswith(
        "error for key REDACTED_API_KEY_"
    )
    assert redact("a short text", known=("short",)).text == "a short text"


def test_json_values_are_cleaned_at_any_depth() -> None:
    secret = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"
    value = {"rows": [{"text": f"use {secret}", secret: 1}], "n": 2.5, "none": None}
    clean, findings = redact_json(value)
    assert secret not in str(clean)
    assert len(findings) == 2
    assert clean["n"] == 2.5
    assert clean["none"] is None


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_survived_and_kept_where_nothing_is_found(text: str) -> None:
    redaction = redact(text)
    if not redaction.findings:
        assert redaction.text is text
    assert redaction.text.count("\n") == text.count("\n")


def test_hostile_texts_cost_no_more_than_their_length() -> None:
    # Each of these made a backtracking engine quadratic or worse; the test's own time limit is what would fail.
    for text in ('"' + " " * 300_000 + "x", '" ' * 100_000, "token='" + "username" * 60 + "!'\n", "http://a:" * 50_000):
        assert redact(text).findings == ()


def test_the_automata_miss_nothing_that_a_rule_alone_finds() -> None:
    scanner = _secrets()
    members = [member for _, members in scanner.automata for member in members]
    assert len(members) == 170
    for case in planted(7, per_family=2):
        data = case.text.encode()
        patterns = [member if isinstance(member, bytes) else member.pattern.encode() for member in members]
        alone = [member for member, pattern in zip(members, patterns, strict=True) if _expression(pattern).search(data)]
        assert scanner.matching(data) == alone, case
