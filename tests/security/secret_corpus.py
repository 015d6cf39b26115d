"""Secrets made up by seed, and the places people leave them in."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.security.secret_tokens import ALNUM, BASE64, HEX, LOWER, PREFIXED, PRIVATE, URLSAFE, of


def password(rng: random.Random) -> str:
    return of(rng, ALNUM, 5) + rng.choice("!@#%^&*") + of(rng, string.digits, 3) + of(rng, ALNUM, 4)


NAMED: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]] = {
    "aws_secret": (
        lambda r: of(r, BASE64, 40),
        (
            'AWS_SECRET_ACCESS_KEY = "{}"',
            "aws_secret_access_key={}",
            "# aws secret access key: {}",
            '{{"aws_secret": "{}"}}',
        ),
    ),
    "password_quoted": (
        lambda r: of(r, ALNUM, 6) + r.choice("!@#%^&*") + of(r, string.digits, 3) + of(r, ALNUM, 4),
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
            of(r, ALNUM, 4)
            + str(r.randrange(10, 99))
            + of(r, string.ascii_letters, 3)
            + str(r.randrange(10, 99))
            + of(r, ALNUM, 3)
        ),
        ("# password = {}", "password: {}", "export DB_PASSWORD={}", "Server=db;Uid=sa;Password={};", "// 密码：{}"),
    ),
    "api_key_hex": (
        lambda r: of(r, HEX, 32),
        (
            'api_key = "{}"',
            'ChatOpenAI(api_key="{}")',
            'headers["X-Api-Key"] = "{}"',
            "API_KEY={}",
            'String apiKey = "{}";',
        ),
    ),
    "url_credentials": (
        lambda r: of(r, ALNUM, 14),
        ('"postgresql://app:{}@db.internal:5432/x"', "https://bob:{}@git.corp.cn/a.git", "redis://:{}@cache:6379/0"),
    ),
    "bearer": (
        lambda r: of(r, URLSAFE, 40),
        (
            '"Authorization": "Bearer {}"',
            "curl -H 'Authorization: bearer {}' https://api.corp",
            "# Authorization: Bearer {}",
        ),
    ),
    "password_short_name": (
        password,
        ('db_pass = "{}"', '"pass": "{}"', "smtp_pw = '{}'", 'const dbPass = "{}";', 'psk="{}"'),
    ),
    "password_in_c": (
        password,
        ('char password[] = "{}";', 'static const wchar_t kPassword[32] = L"{}";', 'std::string password{{"{}"}};'),
    ),
    "password_by_default": (
        password,
        (
            'os.getenv("DB_PASSWORD") or "{}"',
            'process.env.DB_PASSWORD || "{}"',
            'parser.add_argument("--password", type=str, default="{}")',
            'password: str = Field(default="{}")',
            '@Value("${{db.password:{}}}")',
            'password = kw.get("pw") or "{}"',
        ),
    ),
    "password_positional": (
        password,
        (
            'DriverManager.getConnection(url, "root", "{}");',
            'requests.get(u, auth=("bob", "{}"))',
            'new UsernamePasswordCredentials("bob", "{}")',
        ),
    ),
    "password_compared": (
        password,
        ('if ("{}".equals(password))', 'assert "{}" == password', 'strcmp(password, "{}")'),
    ),
    "password_list": (
        password,
        ('passwords = [\n    "{}",\n    "other",\n]', 'TOKENS = {{"alice": "{}", "bob": "short"}}'),
    ),
    "password_in_files": (
        lambda r: of(r, LOWER, 5) + of(r, string.digits, 3) + of(r, ALNUM, 4) + of(r, string.digits, 2) + "x",
        (
            "# - name: DB_PASSWORD\n#   value: {}",
            '{{"name": "DB_PASSWORD", "value": "{}"}}',
            '<add key="DbPassword" value="{}" />',
            '<property name="password">{}</property>',
            "password: >-\n  {}",
            "# password:\n#   {}",
            "# machine api.corp login bob password {}",
        ),
    ),
    "password_on_command_lines": (
        lambda r: of(r, LOWER, 4) + of(r, string.digits, 2) + of(r, ALNUM, 4) + of(r, string.digits, 2) + "q",
        (
            "# mysql -u root -p{} db",
            "# psql --password {}",
            "# curl -u bob:{} https://api.corp",
            'subprocess.run(["tool", "--password", "{}"])',
            "# sshpass -p {} ssh host",
        ),
    ),
    "password_in_dsn": (
        lambda r: of(r, ALNUM, 12),
        ("jdbc:oracle:thin:scott/{}@db:1521:x", 'sql.Open("mysql", "app:{}@tcp(db:3306)/x")', "sqlplus scott/{}@db"),
    ),
    "password_in_other_words": (
        password,
        ('contraseña = "{}"', 'mot_de_passe = "{}"', 'пароль = "{}"', 'パスワード = "{}"', "# 秘钥：{}", "# 密码是 {}"),
    ),
    "password_told": (
        password,
        ("# the password is {}", '# password for prod is "{}"', "# use password {} on staging"),
    ),
    "django_key": (
        lambda r: of(r, "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50),
        ('SECRET_KEY = "{}"',),
    ),
    "hex_key": (lambda r: "0x" + of(r, HEX, 64), ('PRIVATE_KEY="{}"', "private_key: '{}'")),
    "header_token": (
        lambda r: of(r, HEX, 40),
        ('"Authorization": "token {}"', 'req.Header.Set("Authorization", "Token {}")', "# Cookie: sessionid={}"),
    ),
    "url_token": (
        lambda r: of(r, HEX, 32),
        (
            "https://{}@o12345.ingest.sentry.io/45",
            "https://{}@git.corp.cn/a.git",
            "https://api.corp.cn/v1?key={}",
            "https://b.corp.cn/k?X-Amz-Signature={}",
        ),
    ),
    "beside_an_id": (
        lambda r: of(r, BASE64, 40),
        (
            'Credentials("AKIAQ2W3E4R5T6Y7U5I4", "{}")',
            "boto3.client('s3', 'AKIAQ2W3E4R5T6Y7U5I4', '{}')",
            "# AKIAQ2W3E4R5T6Y7U5I4,{}",
        ),
    ),
    "docker_auth": (
        lambda r: base64.b64encode(f"bob:{password(r)}".encode()).decode(),
        ('{{"auths": {{"r.corp": {{"auth": "{}"}}}}}}', "# _auth={}"),
    ),
    "wrapped_in_base64": (
        lambda r: base64.b64encode(f"token: ghp_{of(r, ALNUM, 36)}".encode()).decode(),
        ('x = "{}"', "# {}"),
    ),
    "wrapped_in_hex": (lambda r: f"sk-{of(r, HEX, 32)}".encode().hex(), ('x = bytes.fromhex("{}")',)),
    "json_web_key": (lambda r: of(r, URLSAFE, 43), ('{{"kty": "EC", "crv": "P-256", "d": "{}"}}',)),
    "xml_key": (lambda r: of(r, BASE64, 170), ("<RSAKeyValue><P>AQAB</P><D>{}==</D></RSAKeyValue>",)),
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

NAMED_SPLITS = (
    'api_key = "{0}" + "{1}"',
    'apiKey = ("{0}"\n          "{1}")',
    'String apiKey = "{0}"\n    + "{1}";',
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
    body = "\n".join(of(rng, BASE64, 64) for _ in range(lines))
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
        secret = of(rng, HEX, 40)
        pieces = (secret[:18], secret[18:])
        yield Planted("api_key_split", NAMED_SPLITS[number % len(NAMED_SPLITS)].format(*pieces), secret, pieces)
    for family, make in PRIVATE.items():
        for number in range(per_family):
            secret = make(rng)
            yield Planted(family, ('KEY = "{}"', "# {}", "{}")[number % 3].format(secret), secret, (secret,))
    for number in range(per_family):
        label = ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA ")[number % 6]
        key = private_key(rng, label, lines=3 + number % 20)
        pieces = tuple(key.split("\n")[1:-1])
        yield Planted("private_key", f'KEY = """{key}"""\n', key, pieces)
