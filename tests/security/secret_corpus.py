"""Secrets made up by seed after the providers' published formats, and the places people leave them in."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
BASE32 = string.ascii_uppercase + "234567"


def _of(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def _uuid(rng: random.Random) -> str:
    return "-".join(_of(rng, HEX, n) for n in (8, 4, 4, 4, 12))


def _segment(rng: random.Random, length: int) -> str:
    return base64.urlsafe_b64encode(rng.randbytes(length)).decode().rstrip("=")


def _jwt(rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"sub":"{rng.randrange(10**9)}"}}'.encode()).decode().rstrip("=")
    return f"{head}.{body}.{_segment(rng, 32)}"


PREFIXED: dict[str, Callable[[random.Random], str]] = {
    "openai_project": lambda r: "sk-proj-" + _of(r, URLSAFE, 48) + "T3BlbkFJ" + _of(r, ALNUM, 20),
    "openai_old": lambda r: "sk-" + _of(r, ALNUM, 20) + "T3BlbkFJ" + _of(r, ALNUM, 20),
    "deepseek": lambda r: "sk-" + _of(r, HEX, 32),
    "siliconflow": lambda r: "sk-" + _of(r, LOWER, 48),
    "openrouter": lambda r: "sk-or-v1-" + _of(r, HEX, 64),
    "anthropic": lambda r: "sk-ant-api03-" + _of(r, URLSAFE, 93) + "AA",
    "github_classic": lambda r: r.choice(("ghp_", "gho_", "ghs_", "ghu_", "ghr_")) + _of(r, ALNUM, 36),
    "github_fine": lambda r: "github_pat_" + _of(r, ALNUM, 22) + "_" + _of(r, ALNUM, 59),
    "gitlab": lambda r: "glpat-" + _of(r, URLSAFE, 20),
    "huggingface": lambda r: "hf_" + _of(r, string.ascii_letters, 34),
    "npm": lambda r: "npm_" + _of(r, ALNUM, 36),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + _of(r, URLSAFE, 120),
    "aws_id": lambda r: r.choice(("AKIA", "ASIA")) + _of(r, BASE32, 16),
    "google": lambda r: "AIza" + _of(r, URLSAFE, 35),
    "google_oauth": lambda r: "GOCSPX-" + _of(r, URLSAFE, 28),
    "azure_ad": lambda r: _of(r, ALNUM, 3) + r.choice(string.digits) + "Q~" + _of(r, ALNUM + "_~.-", 34),
    "slack": lambda r: f"xoxb-{r.randrange(10**11, 10**12)}-{r.randrange(10**12, 10**13)}-{_of(r, ALNUM, 24)}",
    "stripe": lambda r: r.choice(("sk_live_", "rk_live_", "sk_test_")) + _of(r, ALNUM, 24),
    "twilio": lambda r: "SK" + _of(r, HEX, 32),
    "sendgrid": lambda r: "SG." + _of(r, URLSAFE, 22) + "." + _of(r, URLSAFE, 43),
    "tencent": lambda r: "AKID" + _of(r, ALNUM, 32),
    "alibaba": lambda r: "LTAI5t" + _of(r, ALNUM, 18),
    "volcengine": lambda r: "AKLT" + _of(r, ALNUM, 44),
    "jwt": _jwt,
    "telegram": lambda r: f"{r.randrange(10**8, 10**9)}:AA" + _of(r, URLSAFE, 33),
    "databricks": lambda r: "dapi" + _of(r, HEX, 32),
    "digitalocean": lambda r: "dop_v1_" + _of(r, HEX, 64),
    "docker": lambda r: "dckr_pat_" + _of(r, URLSAFE, 27),
    "shopify": lambda r: "shpat_" + _of(r, HEX, 32),
    "groq": lambda r: "gsk_" + _of(r, ALNUM, 52),
    "langsmith": lambda r: "lsv2_pt_" + _of(r, HEX, 32) + "_" + _of(r, HEX, 10),
    "notion": lambda r: "ntn_" + _of(r, ALNUM, 46),
    "postman": lambda r: "PMAK-" + _of(r, HEX, 24) + "-" + _of(r, HEX, 34),
    "mailgun": lambda r: "key-" + _of(r, HEX, 32),
}
"""Families that their form gives away, wherever they stand."""

NAMED: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]] = {
    "aws_secret": (
        lambda r: _of(r, BASE64, 40),
        (
            'AWS_SECRET_ACCESS_KEY = "{}"',
            "aws_secret_access_key={}",
            "# aws secret access key: {}",
            '{{"aws_secret": "{}"}}',
        ),
    ),
    "password_quoted": (
        lambda r: _of(r, ALNUM, 6) + r.choice("!@#%^&*") + _of(r, string.digits, 3) + _of(r, ALNUM, 4),
        (
            'password = "{}"',
            "DB_PASSWORD='{}'",
            '"passwd": "{}",',
            'const char *pwd = "{}";',
            'login(user, password="{}")',
        ),
    ),
    "password_bare": (
        lambda r: (
            _of(r, ALNUM, 4)
            + str(r.randrange(10, 99))
            + _of(r, string.ascii_letters, 3)
            + str(r.randrange(10, 99))
            + _of(r, ALNUM, 3)
        ),
        ("# password = {}", "password: {}", "export DB_PASSWORD={}", "Server=db;Uid=sa;Password={};", "// 密码：{}"),
    ),
    "api_key_hex": (
        lambda r: _of(r, HEX, 32),
        (
            'api_key = "{}"',
            'ChatOpenAI(api_key="{}")',
            'headers["X-Api-Key"] = "{}"',
            "API_KEY={}",
            'String apiKey = "{}";',
        ),
    ),
    "url_credentials": (
        lambda r: _of(r, ALNUM, 14),
        ('"postgresql://app:{}@db.internal:5432/x"', "https://bob:{}@git.corp.cn/a.git", "redis://:{}@cache:6379/0"),
    ),
    "bearer": (
        lambda r: _of(r, URLSAFE, 40),
        (
            '"Authorization": "Bearer {}"',
            "curl -H 'Authorization: bearer {}' https://api.corp",
            "# Authorization: Bearer {}",
        ),
    ),
    "azure_storage": (
        lambda r: base64.b64encode(r.randbytes(64)).decode(),
        ('"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net"',),
    ),
}
"""Families that only their name or place gives away."""

PLACES = (
    'KEY = "{}"',
    "# rotate {} before release",
    "client = Client('{}')",
    '"""Use {} for the sandbox."""',
    'url = "https://api.corp.cn/v1?key={}&page=2"',
    "{}",
    '    System.out.println("token is {}");',
    "// TODO remove: {}",
    "curl -u {}: https://api.corp.cn",
    'json.loads("{{\\"k\\": \\"\\n{}\\"}}")',
)

SPLITS = (
    'KEY = ("{0}"\n       "{1}")',
    'String key = "{0}" +\n    "{1}";',
    'key = "{0}\\\n{1}"',
    'key = "{0}" + "{1}"',
    "# the key is {0}\n# {1}\n",
    'const char *key = "{0}"\n    "{1}";',
)


@dataclass(frozen=True)
class Planted:
    """A text with one secret in it; ``pieces`` are the parts of the secret as they stand there."""

    family: str
    text: str
    secret: str
    pieces: tuple[str, ...]


def private_key(rng: random.Random, label: str = "RSA ", lines: int = 12) -> str:
    body = "\n".join(_of(rng, BASE64, 64) for _ in range(lines))
    return f"-----BEGIN {label}PRIVATE KEY-----\n{body}\n-----END {label}PRIVATE KEY-----"


def planted(seed: int, per_family: int = 40) -> Iterator[Planted]:
    """Yield ``per_family`` planted secrets of each family, every tenth of the prefixed ones split over two strings."""
    rng = random.Random(seed)
    for family, make in PREFIXED.items():
        for number in range(per_family):
            secret = make(rng)
            if number % 10 == 9:
                cut = rng.randrange(len(secret) // 3, 2 * len(secret) // 3)
                pieces = (secret[:cut], secret[cut:])
                yield Planted(family + "_split", SPLITS[(number // 10) % len(SPLITS)].format(*pieces), secret, pieces)
            else:
                yield Planted(family, PLACES[number % len(PLACES)].format(secret), secret, (secret,))
    for family, (make, places) in NAMED.items():
        for number in range(per_family):
            secret = make(rng)
            yield Planted(family, places[number % len(places)].format(secret), secret, (secret,))
    for number in range(per_family):
        label = ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA ")[number % 6]
        key = private_key(rng, label, lines=3 + number % 20)
        pieces = tuple(key.split("\n")[1:-1])
        yield Planted("private_key", f'KEY = """{key}"""\n', key, pieces)
