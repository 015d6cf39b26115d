"""What may leave the machine and what must not: secrets, personal data, hosts, control characters, licences."""

from __future__ import annotations
