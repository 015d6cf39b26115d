r"""Token formats that give themselves away, wherever they stand: one row each, for google-re2.

Most providers publish a prefix, an alphabet and a length so that scanners can find their tokens. Patterns run on UTF-8
bytes, case-sensitive unless they say ``(?i)``; group 1, where there is one, is the secret, else the whole match is.

``START`` stands where a token may begin: at a word boundary, or behind a backslash escape, because ``\nsk-…`` inside
a JSON string has no boundary before the ``s``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qarepo_graph.safety.secret_shapes import is_mixed, is_mixed_case, is_token

START = r"(?:\b|\\[nrtbf])"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


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
    SecretRule("cerebras_key", START + r"(csk-[a-z0-9]{48})\b", check=is_mixed),
    _published("fireworks_key", START + r"(fw_[A-Za-z0-9]{24})\b"),
    _published("google_api_key", START + r"(AQ\.A[A-Za-z0-9_-]{40,})"),
    _published("nvidia_key", r"nvapi-[A-Za-z0-9_-]{60,}"),
    _published("pinecone_key", r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{60,}"),
    _published("wandb_key", r"wandb_v1_[A-Za-z0-9_-]{40,}"),
    _published("jina_key", r"jina_[A-Za-z0-9_-]{60}"),
    _published("tavily_key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}\b"),
    _published("llamacloud_key", r"llx-[A-Za-z0-9]{48}\b"),
    _published("coze_token", START + r"(pat_[A-Za-z0-9]{64})\b"),
    _published("firecrawl_key", START + r"(fc-[0-9a-f]{32})\b"),
    _published("e2b_key", r"e2b_[0-9a-f]{40}\b"),
    SecretRule("elevenlabs_key", START + r"(sk_[0-9a-f]{48})\b", check=is_mixed),
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
    SecretRule("artifactory_key", START + r"(cmVmdGtu[A-Za-z0-9]{56})\b", check=is_mixed_case),
    SecretRule("bitbucket_token", START + r"(ATBB[A-Za-z0-9]{32})\b", check=is_mixed_case),
    _published("azure_devops_token", START + r"([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b"),
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
    _published("heroku_key", r"HRKU-[A-Za-z0-9_-]{58,}"),
    _published("fly_token", r"FlyV1 (fm\d[ar]?_[A-Za-z0-9+/=,_-]{60,})"),
    SecretRule("render_key", START + r"(rnd_[A-Za-z0-9]{32})\b", check=is_mixed_case),
    _published("vercel_token", START + r"(vc[piark]_[A-Za-z0-9]{24,})"),
    SecretRule("neon_key", START + r"(napi_[a-z0-9]{60,})\b", check=is_mixed),
    _published("aiven_password", START + r"(AVNS_[A-Za-z0-9_-]{19})"),
    SecretRule("yandex_key", START + r"(AQVN[A-Za-z0-9_-]{35,38})\b", check=is_mixed_case),
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
    _published("segment_token", r"sgp_[A-Za-z0-9]{64}\b"),
    _published("contentful_token", r"CFPAT-[A-Za-z0-9_-]{43}"),
    _published("airtable_token", START + r"(pat[A-Za-z0-9]{14}\.[0-9a-f]{64})\b"),
    _published("hubspot_token", START + r"(pat-(?:na|eu|ap)\d-" + _UUID + r")"),
    _published("brevo_key", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    SecretRule("resend_key", START + r"(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})\b", check=is_mixed_case),
    _published("razorpay_key", START + r"(rzp_(?:live|test)_[A-Za-z0-9]{14})\b"),
    _published("paypal_token", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    _published("plaid_token", r"access-(?:sandbox|development|production)-" + _UUID),
    _published("shippo_token", r"shippo_(?:live|test)_[0-9a-f]{40}\b"),
    _published("dropbox_token", START + r"(sl\.[A-Za-z0-9_-]{130,})"),
    SecretRule("facebook_token", r"(?:[\"'`\s=:]|^)(EAA[A-Za-z0-9]{80,260})(?:[\"'`\s&]|$)", check=is_mixed_case),
    _published("mapbox_token", START + r"(sk\.eyJ[A-Za-z0-9_-]{40,}\.[A-Za-z0-9_-]{20,})"),
    _published("launchdarkly_key", START + r"((?:sdk|api|mob)-" + _UUID + r")\b"),
    _published("axiom_token", r"xa[ai]t-" + _UUID),
    _published("clickup_token", START + r"(pk_\d{6,10}_[A-Z0-9]{32})\b"),
    _published("okta_token", r"SSWS[ \t]{1,3}([A-Za-z0-9_-]{40,42})\b"),
    _published("dingtalk_secret", START + r"(SEC[0-9a-f]{64})\b"),
    _published("feishu_webhook", r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/(" + _UUID + r")"),
    _published("wecom_webhook", r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/[a-z_]{1,30}\?key=(" + _UUID + r")"),
    _published(
        "teams_webhook",
        r"\.webhook\.office\.com/webhookb2/[^\s\"'`]{1,120}/IncomingWebhook/([0-9a-f]{32}/" + _UUID + r")",
    ),
    _published("jwt", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"),
)
"""Formats a provider published: prefix, alphabet and length."""

PASSWORD_HASHES: tuple[SecretRule, ...] = (
    _published("password_hash", r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"),
    _published("password_hash", r"\$(?:1|5|6|y|apr1)\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,22}\$[./A-Za-z0-9]{22,86}"),
    _published("password_hash", r"\$argon2(?:id|i|d)\$v=\d+\$[a-z0-9=,]{1,40}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}"),
    _published("password_hash", r"pbkdf2_sha(?:1|256|512)\$\d{1,9}\$[A-Za-z0-9]{1,40}\$[A-Za-z0-9+/]{27,}={0,2}"),
)
"""Hashes of passwords in the crypt form: a weak password behind one is found by trying."""

# What may stand between two lines of a key: line ends, indents, quotes, signs that join strings, comment marks.
_LINES = r"[A-Za-z0-9+/]{16,}={0,2}(?:[^A-Za-z0-9+/=]{1,24}[A-Za-z0-9+/]{32,}={0,2})*"

PRIVATE_KEYS: tuple[SecretRule, ...] = (
    SecretRule("age_key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", blocking=True),
    # Without their armour: the first bytes of PKCS#8, PKCS#1, SEC 1, Ed25519 and OpenSSH keys as base64 writes them.
    SecretRule("private_key", r"MII[A-Za-z0-9+/]{3,4}IBADANBgkqhkiG9w0BAQEFAASC" + _LINES, blocking=True),
    SecretRule("private_key", r"MII[A-Za-z0-9+/]{2}[A-Za-z0-9+/]IBAAKC[A-Za-z0-9+/]{2}EA" + _LINES, blocking=True),
    SecretRule("private_key", r"(?:MHcCAQEEI|MIGkAgEBBD|MIHcAgEBBEI|MIGHAgEAMBMGByqGSM49AgEG)" + _LINES, blocking=True),
    SecretRule("private_key", r"MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43}", blocking=True),
    SecretRule("private_key", r"b3BlbnNzaC1rZXktdjE" + _LINES, blocking=True),
    # Armour that is base64 itself, as in a kubeconfig: "-----BEGIN", then "PRIVATE KEY" at each of the three offsets.
    SecretRule(
        "private_key",
        r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,40}(?:UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)" + _LINES,
        blocking=True,
    ),
    SecretRule("private_key", r"<D>([A-Za-z0-9+/\s]{80,700}={0,2})\s{0,8}</D>", blocking=True),
    # The private part of a JSON web key
    SecretRule(
        "private_key",
        r"\\?\"d\\?\"\s{0,8}:\s{0,8}\\?\"([A-Za-z0-9_-]{43,700})\\?\"",
        check=is_mixed_case,
        blocking=True,
    ),
    SecretRule("wallet_key", START + r"([xyz]prv[1-9A-HJ-NP-Za-km-z]{107,108})\b", blocking=True),
)
"""Private keys outside of an armour; those inside one are found by their frame (``secrets.py``)."""
