"""All rules for secrets: published formats, what detect-secrets knows beyond them, names and places."""

from __future__ import annotations

from collections.abc import Callable

from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector

from qarepo_graph.safety.secret_formats import PASSWORD_HASHES, PREFIXED, PRIVATE_KEYS, SecretRule


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


FORMATS: tuple[SecretRule, ...] = (*PRIVATE_KEYS, *PREFIXED, *PASSWORD_HASHES, *_detect_secrets_rules())
"""The rules that know a secret by its own look. Where two rules find the same text the earlier one names it, and these
come before ``PLACES``, those that know it by the words around it."""
