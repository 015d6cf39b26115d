r"""What a secret looks like: one row per token format, for google-re2.

Most providers publish a prefix and a length so that scanners can find their tokens; those rows need no context. The
rest (passwords, keys of 32 hexadecimal digits) are found by the name they are assigned to. Patterns run on UTF-8
bytes, case-sensitive unless they say ``(?i)``; group 1, where there is one, is the secret, else the whole match is.

``START`` stands where a token may begin: at a word boundary, or behind a backslash escape, because ``\nsk-…`` inside
a JSON string has no boundary before the ``s``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector

from qarepo_graph.safety.secret_shapes import (
    is_assigned_bare,
    is_assigned_quoted,
    is_basic_credentials,
    is_mixed,
    is_mixed_case,
    is_password,
    is_token,
    is_url_password,
)

START = r"(?:\b|\\[nrtbf])"

# A name that says "secret", with what may follow it inside the same name (`password2`, `apiKeyProd`).
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[_.-]?key|access[_.-]?key|auth[_.-]?key|account[_.-]?key"
    r"|private[_.-]?key|secret[_.-]?key|client[_.-]?secret|credentials?|(?:encryption|signing|master|service)[_.-]?key"
    r"|密码|口令|密钥|令牌)"
)
_QUOTE = r"\\{0,3}[\"'`]"
# `=`, `:`, `=>`, `==`, `(`, `["x"] =`, `: str =`, `.equals(`, or the white space of a #define.
_ASSIGNED = (
    r"(?:"
    + _QUOTE
    + r")?\]?(?:\s{0,8}:\s{0,3}[A-Za-z_][\w\[\]|.&? ]{0,30}?\s{0,3}=|\s{0,8}(?:===?|!==?|=>|:=|\?\?=?|[:=(,]|："
    r"|\.equals(?:IgnoreCase)?\()|[ \t]{1,8})\s{0,8}(?:[({]\s{0,8})?(?:[a-zA-Z.]{1,20}\()?[rbuLfF@]{0,2}"
)


@dataclass(frozen=True, slots=True)
class SecretRule:
    """One token format.

    Attributes:
        kind: What it is, as placeholders and reports name it.
        pattern: For google-re2, on UTF-8 bytes.
        check: Looks at the matched secret where the pattern alone is not precise enough.
        longest: Longest true token; a longer run of the same characters is something else. 0 = no limit.
        blocking: True where a redacted text must not leave either, because its neighbourhood may hold more of it.
        spans_lines: True where the format is so distinct that a token split over two lines is still told.
    """

    kind: str
    pattern: str
    check: Callable[[str], bool] = is_token
    longest: int = 0
    blocking: bool = False
    spans_lines: bool = True


def _published(kind: str, pattern: str, *, longest: int = 0) -> SecretRule:
    return SecretRule(kind, pattern, longest=longest)


PREFIXED: tuple[SecretRule, ...] = (
    # Model providers
    _published("anthropic_key", r"sk-ant-(?:api|admin|oat|ort|sid)\d{2}-[A-Za-z0-9_-]{32,}"),
    _published("openrouter_key", r"sk-or-v1-[0-9a-f]{64}"),
    _published("openai_key", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}"),
    # DeepSeek, DashScope: sk- and 32 hexadecimal digits; Moonshot, SiliconFlow, old OpenAI: sk- and 48 letters.
    SecretRule("sk_key", START + r"(sk-[A-Za-z0-9]{32,64})\b", check=is_mixed),
    _published("langfuse_key", r"sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    _published("huggingface_token", r"(?:\b|\\[nrt])((?:hf_|api_org_)[A-Za-z0-9]{34})\b"),
    _published("groq_key", r"gsk_[A-Za-z0-9]{52}\b"),
    _published("xai_key", r"xai-[A-Za-z0-9]{70,90}\b"),
    _published("perplexity_key", r"pplx-[A-Za-z0-9]{48}\b"),
    SecretRule("replicate_token", START + r"(r8_[A-Za-z0-9]{37})\b", check=is_mixed_case),
    _published("langsmith_key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    SecretRule("zhipu_key", START + r"([0-9a-f]{32}\.[A-Za-z0-9]{16})\b", check=is_mixed_case),
    # Code hosts and registries
    _published("github_token", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _published("github_token", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _published(
        "gitlab_token", r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_-]{20,}(?:\.[0-9a-z.]{6,})?"
    ),
    _published("gitlab_token", r"GR1348941[A-Za-z0-9_-]{20,}"),
    _published("npm_token", r"npm_[A-Za-z0-9]{36}\b"),
    _published("pypi_token", r"pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{40,}"),
    _published("rubygems_key", r"rubygems_[0-9a-f]{48}\b"),
    SecretRule("crates_token", START + r"(cio[A-Za-z0-9]{32})\b", check=is_mixed_case),
    SecretRule("nuget_key", START + r"(oy2[a-z0-9]{43})\b", check=is_mixed),
    _published("docker_token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}"),
    SecretRule("artifactory_key", START + r"(AKCp[A-Za-z0-9]{69})\b", check=is_mixed_case),
    # Clouds
    _published("aws_access_key_id", START + r"((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    SecretRule(
        "aws_secret_key",
        r"(?i)(?:aws|amazon|secret[_.-]?access)[\w. -]{0,30}[\"']?\]?\s{0,8}(?:=>|:=|[:=,(])\s{0,8}\\{0,3}[\"'`]?"
        r"([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)",
        check=is_mixed_case,
        spans_lines=False,
    ),
    _published("google_api_key", r"AIza[A-Za-z0-9_-]{35,}", longest=39),
    _published("google_oauth_secret", r"GOCSPX-[A-Za-z0-9_-]{28,}", longest=35),
    _published("google_oauth_token", START + r"(ya29\.[A-Za-z0-9_-]{30,})"),
    _published("azure_client_secret", r"(?:[^A-Za-z0-9_~.-]|^)([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})"),
    _published("azure_key", START + r"([A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})\b"),
    _published("azure_sas", r"[?&;\"']sig=([A-Za-z0-9%]{43,80}(?:%3[dD]|=))"),
    _published("tencent_secret_id", START + r"(AKID[A-Za-z0-9]{32})\b"),
    SecretRule("alibaba_access_key", START + r"(LTAI[A-Za-z0-9]{12,26})\b", check=is_mixed),
    _published("volcengine_key", START + r"(AKLT[A-Za-z0-9+/_-]{36,}={0,2})"),
    _published("baidu_key", r"bce-v3/ALTAK-[A-Za-z0-9]{21}/[0-9a-f]{40}"),
    _published("digitalocean_token", r"do[opr]_v1_[0-9a-f]{64}"),
    _published("cloudflare_token", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    _published("databricks_token", START + r"(dapi[0-9a-f]{32}(?:-\d)?)\b"),
    _published("netlify_token", r"nfp_[A-Za-z0-9]{36}\b"),
    _published("supabase_token", r"sb(?:p|_secret)_[A-Za-z0-9_]{31,}"),
    _published("planetscale_token", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}"),
    _published("terraform_token", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    _published("vault_token", START + r"(hv[sb]\.[A-Za-z0-9_-]{24,})"),
    _published("pulumi_token", r"pul-[0-9a-f]{40}\b"),
    _published("doppler_token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}"),
    # Payment, mail, chat, tools
    _published("stripe_key", r"[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,}"),
    _published("stripe_webhook_secret", r"whsec_[A-Za-z0-9+/]{32,}={0,2}"),
    _published("square_token", START + r"((?:sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}))"),
    _published("shopify_token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    _published("sendgrid_key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _published("mailgun_key", START + r"(key-[0-9a-f]{32})\b"),
    _published("twilio_key", START + r"(SK[0-9a-f]{32})\b"),
    _published("slack_token", r"xox[abceoprs]-(?:\d-)?[0-9A-Za-z-]{20,}"),
    _published("slack_token", r"xapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{32,}"),
    _published(
        "slack_webhook", r"hooks\.slack\.com/(?:services|workflows)/(T[A-Z0-9]{6,}/[AB][A-Z0-9]{6,}/[A-Za-z0-9/]{16,})"
    ),
    _published("discord_token", START + r"([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})"),
    _published("discord_webhook", r"discord(?:app)?\.com/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,})"),
    _published("telegram_token", START + r"(\d{8,10}:AA[A-Za-z0-9_-]{33,})", longest=46),
    _published("linear_key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    _published("notion_token", START + r"((?:ntn_[A-Za-z0-9]{46}|secret_[A-Za-z0-9]{43}))\b"),
    _published("figma_token", r"figd_[A-Za-z0-9_-]{40,}"),
    _published("postman_key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _published("grafana_token", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_eyJ[A-Za-z0-9+/=]{60,})"),
    _published("sentry_token", r"(?:sntryu_[0-9a-f]{64}|sntrys_eyJ[A-Za-z0-9+/=_]{80,})"),
    _published("newrelic_key", r"NRAK-[A-Z0-9]{27}\b"),
    _published("dynatrace_token", r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    _published("atlassian_token", r"ATATT3[A-Za-z0-9_=-]{100,}"),
    _published("tailscale_key", r"tskey-[a-z]+-[A-Za-z0-9]{6,}(?:-[A-Za-z0-9]{10,})?"),
    _published("onepassword_token", r"ops_eyJ[A-Za-z0-9+/=_-]{100,}"),
    _published("jwt", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"),
)
"""Formats a provider published: prefix, alphabet and length."""

NAMED: tuple[SecretRule, ...] = (
    SecretRule(
        "url_credentials",
        r"(?i)\b[a-z][a-z0-9+.-]{1,30}://[^\s:/?#@\"'`<>{}\\]{0,80}:([^\s/?#@\"'`<>]{3,200})@[A-Za-z0-9\[._-]",
        check=is_url_password,
        spans_lines=False,
    ),
    SecretRule(
        "authorization",
        r"(?i)\bbearer[ \t]{1,4}([A-Za-z0-9._~+/-]{20,}={0,2})",
        check=is_mixed,
        spans_lines=False,
    ),
    SecretRule(
        "authorization",
        r"(?i)\bbasic[ \t]{1,4}([A-Za-z0-9+/]{12,}={0,2})",
        check=is_basic_credentials,
        spans_lines=False,
    ),
    # A password is named so in full; a short one counts too.
    SecretRule(
        "password",
        r"(?i)(?:password|passwd|pwd|passphrase|密码|口令)" + _ASSIGNED + _QUOTE + r"([^\s\"'`\\]{6,128})" + _QUOTE,
        check=is_password,
        spans_lines=False,
    ),
    SecretRule(
        "assigned_secret",
        r"(?i)" + _NAME + r"[\w.-]{0,20}?" + _ASSIGNED + _QUOTE + r"([^\s\"'`\\]{8,512})" + _QUOTE,
        check=is_assigned_quoted,
        spans_lines=False,
    ),
    SecretRule(
        "assigned_secret",
        r"(?i)" + _NAME + r"[\w-]{0,20}?[ \t]{0,8}(?:=|:|：)[ \t]{0,8}([A-Za-z0-9!@#$%^&*+/=_~.-]{8,512})"
        r"(?:[\s,;\"'`\\<)]|$)",
        check=is_assigned_bare,
        spans_lines=False,
    ),
    SecretRule(
        "assigned_secret",
        r"(?i)<(?:[\w.:-]{0,30})" + _NAME + r"[\w.-]{0,20}>([^\s<>\"']{6,256})</",
        check=is_password,
        spans_lines=False,
    ),
)
"""Secrets without a format of their own, told by the name or place they are given to."""

PRIVATE_KEY_KINDS: tuple[SecretRule, ...] = (SecretRule("age_key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", blocking=True),)
"""Private keys on one line; those in PEM armour are found by their frame (``secrets.py``)."""


def _detect_secrets_rules() -> tuple[SecretRule, ...]:
    """Return the formats of detect-secrets' detectors that are precise and that RE2 can run.

    Left out: those above, the entropy and keyword detectors (5,511 of 6,000 standard library lines flagged by a scan
    with all of them), and patterns with look-arounds.
    """
    detectors: dict[str, Callable[[], RegexBasedDetector]] = {
        "azure_storage_key": AzureStorageKeyDetector,
        "cloudant_key": CloudantDetector,
        "mailchimp_key": MailchimpDetector,
        "npm_token": NpmDetector,
        "openai_key": OpenAIDetector,
        "slack_token": SlackDetector,
        "softlayer_key": SoftlayerDetector,
        "square_token": SquareOAuthDetector,
    }
    rules = []
    for kind, detector in detectors.items():
        for expression in detector().denylist:
            if "(?<" in expression.pattern or "(?=" in expression.pattern:
                continue
            flags = "(?i)" if expression.flags & 2 else ""
            rules.append(SecretRule(kind, flags + expression.pattern, spans_lines=False))
    return tuple(rules)


RULES: tuple[SecretRule, ...] = (*PREFIXED, *PRIVATE_KEY_KINDS, *_detect_secrets_rules(), *NAMED)
"""Every rule; where two find the same text the earlier one names it."""
