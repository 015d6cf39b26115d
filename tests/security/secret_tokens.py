"""Tokens made up by seed after the formats that providers published."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE32 = string.ascii_uppercase + "234567"


def of(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def uuid(rng: random.Random) -> str:
    return "-".join(of(rng, HEX, n) for n in (8, 4, 4, 4, 12))


def segment(rng: random.Random, length: int) -> str:
    return base64.urlsafe_b64encode(rng.randbytes(length)).decode().rstrip("=")


def _jwt(rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"sub":"{rng.randrange(10**9)}"}}'.encode()).decode().rstrip("=")
    return f"{head}.{body}.{segment(rng, 32)}"


PREFIXED: dict[str, Callable[[random.Random], str]] = {
    "openai_project": lambda r: "sk-proj-" + of(r, URLSAFE, 48) + "T3BlbkFJ" + of(r, ALNUM, 20),
    "openai_old": lambda r: "sk-" + of(r, ALNUM, 20) + "T3BlbkFJ" + of(r, ALNUM, 20),
    "deepseek": lambda r: "sk-" + of(r, HEX, 32),
    "siliconflow": lambda r: "sk-" + of(r, LOWER, 48),
    "openrouter": lambda r: "sk-or-v1-" + of(r, HEX, 64),
    "anthropic": lambda r: "sk-ant-api03-" + of(r, URLSAFE, 93) + "AA",
    "github_classic": lambda r: r.choice(("ghp_", "gho_", "ghs_", "ghu_", "ghr_")) + of(r, ALNUM, 36),
    "github_fine": lambda r: "github_pat_" + of(r, ALNUM, 22) + "_" + of(r, ALNUM, 59),
    "gitlab": lambda r: "glpat-" + of(r, URLSAFE, 20),
    "huggingface": lambda r: "hf_" + of(r, string.ascii_letters, 34),
    "npm": lambda r: "npm_" + of(r, ALNUM, 36),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + of(r, URLSAFE, 120),
    "aws_id": lambda r: r.choice(("AKIA", "ASIA")) + of(r, BASE32, 16),
    "google": lambda r: "AIza" + of(r, URLSAFE, 35),
    "google_oauth": lambda r: "GOCSPX-" + of(r, URLSAFE, 28),
    "azure_ad": lambda r: of(r, ALNUM, 3) + r.choice(string.digits) + "Q~" + of(r, ALNUM + "_~.-", 34),
    "slack": lambda r: f"xoxb-{r.randrange(10**11, 10**12)}-{r.randrange(10**12, 10**13)}-{of(r, ALNUM, 24)}",
    "stripe": lambda r: r.choice(("sk_live_", "rk_live_", "sk_test_")) + of(r, ALNUM, 24),
    "twilio": lambda r: "SK" + of(r, HEX, 32),
    "sendgrid": lambda r: "SG." + of(r, URLSAFE, 22) + "." + of(r, URLSAFE, 43),
    "tencent": lambda r: "AKID" + of(r, ALNUM, 32),
    "alibaba": lambda r: "LTAI5t" + of(r, ALNUM, 18),
    "volcengine": lambda r: "AKLT" + of(r, ALNUM, 44),
    "jwt": _jwt,
    "telegram": lambda r: f"{r.randrange(10**8, 10**9)}:AA" + of(r, URLSAFE, 33),
    "databricks": lambda r: "dapi" + of(r, HEX, 32),
    "digitalocean": lambda r: "dop_v1_" + of(r, HEX, 64),
    "docker": lambda r: "dckr_pat_" + of(r, URLSAFE, 27),
    "shopify": lambda r: "shpat_" + of(r, HEX, 32),
    "groq": lambda r: "gsk_" + of(r, ALNUM, 52),
    "langsmith": lambda r: "lsv2_pt_" + of(r, HEX, 32) + "_" + of(r, HEX, 10),
    "notion": lambda r: "ntn_" + of(r, ALNUM, 46),
    "postman": lambda r: "PMAK-" + of(r, HEX, 24) + "-" + of(r, HEX, 34),
    "mailgun": lambda r: "key-" + of(r, HEX, 32),
    "gemini": lambda r: "AQ.A" + of(r, URLSAFE, 48),
    "fireworks": lambda r: "fw_" + of(r, ALNUM, 24),
    "cerebras": lambda r: "csk-" + of(r, LOWER, 48),
    "tavily": lambda r: r.choice(("tvly-", "tvly-dev-", "tvly-prod-")) + of(r, ALNUM, 32),
    "jina": lambda r: "jina_" + of(r, HEX, 32) + of(r, URLSAFE, 28),
    "nvidia": lambda r: "nvapi-" + of(r, URLSAFE, 64),
    "pinecone": lambda r: f"pcsk_{of(r, ALNUM, 6)}_{of(r, ALNUM, 63)}",
    "wandb": lambda r: "wandb_v1_" + of(r, URLSAFE, 77),
    "elevenlabs": lambda r: "sk_" + of(r, HEX, 48),
    "firecrawl": lambda r: "fc-" + of(r, HEX, 32),
    "e2b": lambda r: "e2b_" + of(r, HEX, 40),
    "llamacloud": lambda r: "llx-" + of(r, ALNUM, 48),
    "coze": lambda r: "pat_" + of(r, ALNUM, 64),
    "dingtalk": lambda r: "SEC" + of(r, HEX, 64),
    "bitbucket": lambda r: "ATBB" + of(r, ALNUM, 32),
    "artifactory": lambda r: "cmVmdGtu" + of(r, ALNUM, 56),
    "azure_devops": lambda r: of(r, ALNUM, 76) + "AZDO" + of(r, ALNUM, 4),
    "heroku": lambda r: "HRKU-" + of(r, URLSAFE, 60),
    "render": lambda r: "rnd_" + of(r, ALNUM, 32),
    "vercel": lambda r: r.choice(("vcp_", "vci_", "vca_", "vcr_", "vck_")) + of(r, ALNUM, 56),
    "neon": lambda r: "napi_" + of(r, LOWER, 64),
    "aiven": lambda r: "AVNS_" + of(r, URLSAFE, 19),
    "segment": lambda r: "sgp_" + of(r, ALNUM, 64),
    "contentful": lambda r: "CFPAT-" + of(r, URLSAFE, 43),
    "airtable": lambda r: f"pat{of(r, ALNUM, 14)}.{of(r, HEX, 64)}",
    "hubspot": lambda r: "pat-na1-" + uuid(r),
    "brevo": lambda r: f"xkeysib-{of(r, HEX, 64)}-{of(r, ALNUM, 16)}",
    "resend": lambda r: f"re_{of(r, ALNUM, 8)}_{of(r, ALNUM, 24)}",
    "paypal": lambda r: f"access_token$production${of(r, LOWER, 16)}${of(r, HEX, 32)}",
    "plaid": lambda r: "access-production-" + uuid(r),
    "mapbox": lambda r: f"sk.eyJ1Ijoi{of(r, URLSAFE, 60)}.{of(r, URLSAFE, 22)}",
    "launchdarkly": lambda r: "sdk-" + uuid(r),
    "clickup": lambda r: f"pk_{r.randrange(10**7, 10**8)}_{of(r, UPPER, 32)}",
    "shippo": lambda r: "shippo_live_" + of(r, HEX, 40),
    "yandex": lambda r: "AQVN" + of(r, URLSAFE, 36),
    "bcrypt": lambda r: "$2b$12$" + of(r, ALNUM + "./", 53),
    "sha512_crypt": lambda r: f"$6${of(r, ALNUM, 8)}${of(r, ALNUM + './', 86)}",
}
"""Families that their form gives away, wherever they stand."""

PRIVATE: dict[str, Callable[[random.Random], str]] = {
    "pkcs8": lambda r: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + of(r, BASE64, 1500),
    "pkcs1": lambda r: "MIIEpAIBAAKCAQEA" + of(r, BASE64, 1500),
    "sec1": lambda r: "MHcCAQEEI" + of(r, BASE64, 150),
    "openssh": lambda r: "b3BlbnNzaC1rZXktdjEAAAAA" + of(r, BASE64, 400),
    "wallet": lambda r: "xprv9s21ZrQH143K" + of(r, BASE58, 95),
}
"""Private keys without an armour; a function that holds one is left out."""
