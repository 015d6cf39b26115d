r"""Secrets without a format of their own, told by the name they are given to or by the place they stand in.

The patterns only say where a secret may stand; ``secret_shapes.py`` says whether what stands there is one. Patterns are
for google-re2 on UTF-8 bytes, so a letter beyond ASCII stands in an alternation and never in a character class.
"""

from __future__ import annotations

from collections.abc import Callable

from qarepo_graph.safety.secret_formats import SecretRule
from qarepo_graph.safety.secret_shapes import (
    is_assigned_bare,
    is_assigned_quoted,
    is_basic_credentials,
    is_list_of_secrets,
    is_mixed,
    is_mixed_case,
    is_password,
    is_url_password,
)

_IN_FULL = (
    r"(?:password|passwd|pwd|passphrase|passwort|kennwort|contrase(?:ñ|n)a|mot_?de_?passe|senha|wachtwoord"
    r"|密码|密碼|口令|授权码|パスワード|비밀번호|пароль|Пароль)"
)
# A name that says "secret", with what may follow it inside the same name (`password2`, `apiKeyProd`).
_NAME = (
    r"(?:" + _IN_FULL + r"|(?:\b|_)(?:pass|pw|pswd|psk|passkey)\b|(?-i:[a-z]Pass\b)|passcode|secret|token|credentials?"
    r"|密钥|秘钥|密鑰|私钥|令牌|session[_-]?cookie"
    r"|(?:api|access|auth|account|private|secret|encryption|signing|signature|master|service|jwt|aes|hmac|cipher|app"
    r"|licen[cs]e|storage|shared|deploy|ssh|session|webhook)[_.-]?key)"
)
_QUOTE = r"(?:\\{0,3}[\"'`]|\"\"\"|''')"
# `=`, `:`, `=>`, `==`, `(`, `["x"] =`, `[32] =`, `{`, `: str =`, `.equals(`, `or`, or the white space of a #define;
# then what may open around the literal: a bracket, a call, a keyword of that call.
_ASSIGNED = (
    r"(?:" + _QUOTE + r")?[\])]{0,2}(?:\[[\w ]{0,20}\])?"
    r"(?:\s{0,8}:\s{0,3}[A-Za-z_&*][\w\[\]|.&? ]{0,30}?\s{0,3}="
    r"|\s{0,8}(?:===?|!==?|=>|:=|\?\?=?|\|\|=?|\?:|[:=(,{]|：|\.equals(?:IgnoreCase)?\()|[ \t]{1,4}or\b|[ \t]{1,8})"
    r"\s{0,8}(?:[({\[]\s{0,8})?(?:[a-zA-Z.]{1,20}\((?:[a-z_]{1,12}\s?=\s?)?)?[rbuLfF@]{0,2}"
)
_LITERAL = r"([^\s\"'`\\]{8,512})" + _QUOTE
_WORD = r"([A-Za-z0-9!@#$%^&*+/=_~.-]{8,512})(?:[\s,;\"'`\\<)\]]|$)"
_MARKS = r"[\"'\\]{0,4}"


def _at(
    kind: str, pattern: str, check: Callable[[str], bool], *, spans_lines: bool = False, blocking: bool = False
) -> SecretRule:
    return SecretRule(kind, pattern, check=check, spans_lines=spans_lines, blocking=blocking)


URLS: tuple[SecretRule, ...] = (
    _at(
        "url_credentials",
        r"(?i)\b[a-z][a-z0-9+.-]{1,30}://[^\s:/?#@\"'`<>{}\\]{0,80}:([^\s/?#@\"'`<>]{3,200})@[A-Za-z0-9\[._-]",
        is_url_password,
    ),
    _at("url_credentials", r"(?i)\b[a-z][a-z0-9+.-]{1,30}://([A-Za-z0-9_-]{20,255})@[A-Za-z0-9]", is_mixed),
    _at(
        "url_credentials",
        r"(?i)[?&](?:key|app_?id|app_?key|sign?|signature|x-(?:amz|goog)-signature)=([A-Za-z0-9%_+/-]{24,512})",
        is_mixed,
    ),
    # user:password@tcp(host) of Go's MySQL driver, user/password@host of Oracle
    _at("url_credentials", r"\b[\w.-]{1,40}:([^\s:@/\"'`]{4,100})@(?:tcp|unix)\(", is_url_password),
    _at(
        "url_credentials",
        r"(?i)\b(?:jdbc:oracle:(?:thin|oci):|sqlplus[ \t]{1,3})[\w$]{1,30}/([^\s@\"'`/]{4,60})@",
        is_url_password,
    ),
)
"""Credentials inside addresses."""

HEADERS: tuple[SecretRule, ...] = (
    _at("authorization", r"(?i)\bbearer[ \t]{1,4}([A-Za-z0-9._~+/-]{20,}={0,2})", is_mixed),
    _at("authorization", r"(?i)\bbasic[ \t]{1,4}([A-Za-z0-9+/]{12,}={0,2})", is_basic_credentials),
    _at(
        "authorization",
        r"(?i)\bauthorization"
        + _MARKS
        + r"\]?\s{0,4}[:=,]\s{0,4}"
        + _MARKS
        + r"(?:[A-Za-z-]{3,14}[ \t]{1,3})?(?:token=)?"
        r"([A-Za-z0-9._~+/-]{20,512}={0,2})",
        is_assigned_bare,
    ),
    _at("session", r"(?i)\b(?:session_?id|sessid|phpsessid|jsessionid)=([A-Za-z0-9%._-]{20,256})", is_mixed),
    # "auth" of a Docker configuration, `_auth` of an .npmrc
    _at(
        "authorization",
        r"(?:[\"']|\b_)auth[\"']?\s{0,3}[:=]\s{0,3}[\"']?([A-Za-z0-9+/]{12,}={0,2})",
        is_basic_credentials,
    ),
    # The secret half stands beside the id of a cloud's access key, without a name.
    _at(
        "cloud_secret_key",
        r"(?:AKIA|ASIA)[A-Z2-7]{16}[\"'`]?\s{0,3}[,:;|\t]\s{0,20}[\"'`]?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
        is_mixed_case,
    ),
    _at(
        "cloud_secret_key",
        r"(?:LTAI[A-Za-z0-9]{12,26}|AKID[A-Za-z0-9]{32}|AKLT[A-Za-z0-9+/_-]{36,60}={0,2})[\"'`]?\s{0,3},\s{0,20}[\"'`]?"
        r"([A-Za-z0-9+/]{30,60}={0,2})(?:[^A-Za-z0-9+/=]|$)",
        is_mixed_case,
    ),
)
"""Values of headers and configurations."""

COMMANDS: tuple[SecretRule, ...] = (
    # --password X, --password", "X
    _at(
        "assigned_secret",
        r"(?i)--?[\w-]{0,20}" + _NAME + r"[\w-]{0,20}(?:[ \t]{1,4}|[\"'],\s{0,8})[\"']?" + _WORD,
        is_assigned_bare,
    ),
    _at(
        "assigned_secret",
        r"(?i)\b(?:mysql\w*|mariadb[\w-]*|sshpass|redis-cli|(?:docker|podman) login|mongo\w*|sqlcmd)\b"
        r"[^\n]{0,100}?[ \t\"']-[pa][ \t]?[\"']?" + _WORD,
        is_assigned_bare,
    ),
    _at(
        "assigned_secret",
        r"(?i)\bcurl\b[^\n]{0,160}?[ \t\"'](?:-u|--user)[ \t\"',=]{1,5}[\w.@+-]{1,60}:([^\s\"'`:]{6,128})",
        is_url_password,
    ),
    # .netrc
    _at(
        "assigned_secret",
        r"(?i)\b(?:login|account)[ \t]{1,4}\S{1,80}[ \t]{1,4}password[ \t]{1,4}" + _WORD,
        is_assigned_bare,
    ),
)
"""Values on command lines."""

PROSE: tuple[SecretRule, ...] = (
    _at(
        "assigned_secret",
        r"(?i)\b(?:password|passwd|pwd|passphrase|secret|token|api[ _-]?key)"
        r"(?:(?:[ \t]{1,3}\w{1,20}){0,4}[ \t]{1,3}(?:is|was):?)?"
        r"[ \t]{1,3}[\"'`]?" + _WORD,
        is_assigned_bare,
    ),
    _at(
        "assigned_secret",
        r"(?:密码|密碼|口令|密钥|秘钥|密鑰|私钥|令牌|授权码)(?:是|为|為|[ \t]){1,3}[\"'`]?" + _WORD,
        is_assigned_bare,
    ),
    _at(
        "assigned_secret",
        r"(?i)\b(?:root|admin|administrator)[ \t]?/[ \t]?([A-Za-z0-9!@#$%^&*+=_~-]{8,64})",
        is_assigned_bare,
    ),
)
"""What a comment tells its reader."""

NAMED: tuple[SecretRule, ...] = (
    # A list or a table goes whole: one placeholder stands for all that is in it.
    _at(
        "assigned_secrets",
        r"(?i)" + _NAME + r"[\w.-]{0,20}?\s{0,4}(?::[^=\n]{1,40})?[=:]\s{0,4}[\[({]([^\[\](){}]{24,1000})[\])}]",
        is_list_of_secrets,
    ),
    # A password is named so in full; a short one counts too.
    _at(
        "password",
        r"(?i)" + _IN_FULL + _ASSIGNED + _QUOTE + r"([^\s\"'`\\]{6,128})" + _QUOTE,
        is_password,
        spans_lines=True,
    ),
    _at(
        "assigned_secret",
        r"(?i)" + _NAME + r"[\w.-]{0,20}?" + _ASSIGNED + _QUOTE + _LITERAL,
        is_assigned_quoted,
        spans_lines=True,
    ),
    # The same without quotes: on the line, or on the next one as YAML writes it.
    _at(
        "assigned_secret",
        r"(?i)"
        + _NAME
        + r"[\w-]{0,20}?[ \t]{0,8}(?:(?:=|:|：)[ \t]{0,8}|:[ \t]{0,4}(?:[>|][+-]?)?[ \t]{0,4}\r?\n[ \t#/*]{1,16})"
        + _WORD,
        is_assigned_bare,
    ),
    # "…" == password
    _at(
        "assigned_secret",
        r"(?i)" + _QUOTE + _LITERAL + r"\s{0,3}(?:===?|!==?|\.equals(?:IgnoreCase)?\()\s{0,3}[\w.$>-]{0,40}?" + _NAME,
        is_assigned_quoted,
    ),
    # add_argument("--password", default="…"), ${db.password:…}
    _at(
        "assigned_secret",
        r"(?i)"
        + _NAME
        + r"[\w.-]{0,20}"
        + _QUOTE
        + r",[^\n\"'`]{0,80}\bdefault\w{0,6}\s{0,3}=\s{0,3}[rbuf]?"
        + _QUOTE
        + _LITERAL,
        is_assigned_quoted,
    ),
    _at(
        "assigned_secret",
        r"(?i)\$\{[\w.-]{0,60}" + _NAME + r"[\w.-]{0,20}:-?([^\s{}\"'`]{8,128})\}",
        is_assigned_quoted,
    ),
    # name: PASSWORD, value: …; <add key="Password" value="…">
    _at(
        "assigned_secret",
        r"(?i)\b(?:name|key|id)"
        + _MARKS
        + r"\s{0,3}[:=]\s{0,3}"
        + _MARKS
        + r"[\w.:-]{0,40}"
        + _NAME
        + r"[\w.-]{0,20}"
        + _MARKS
        + r"[\s,;#/*]{1,40}"
        + _MARKS
        + r"value"
        + _MARKS
        + r"\s{0,3}[:=]\s{0,3}"
        + _MARKS
        + r"([^\s\"'`\\<>]{8,256})",
        is_assigned_quoted,
    ),
    # <password>…</password>, <property name="password">…</property>
    _at("assigned_secret", r"(?i)<[\w.:-]{0,30}" + _NAME + r"[\w.-]{0,20}>([^\s<>\"']{6,256})</", is_password),
    _at(
        "assigned_secret",
        r"(?i)<[\w.:-]{1,30}\s[^<>\n]{0,60}[\"'][\w.:-]{0,40}"
        + _NAME
        + r"[\w.-]{0,20}[\"'][^<>\n]{0,40}>\s{0,20}([^\s<>\"']{6,256})\s{0,20}</",
        is_password,
    ),
    # auth=("user", "…"), Credentials("user", "…"), getConnection(url, "user", "…")
    _at(
        "assigned_secret",
        r"(?i)(?:auth|credentials?|getConnection|login|authenticate)\s?=?\s?\((?:[^()\n]{0,80},\s{0,8})?"
        + _QUOTE
        + r"[^\"'`\n]{1,60}"
        + _QUOTE
        + r"\s?,\s{0,8}"
        + _QUOTE
        + _LITERAL
        + r"\s?[,)]",
        is_assigned_quoted,
    ),
)
"""Values of names that say "secret"."""

PLACES: tuple[SecretRule, ...] = (*URLS, *HEADERS, *NAMED, *COMMANDS, *PROSE)
"""Every rule by name or place."""
