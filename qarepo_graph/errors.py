"""Every error a user can meet, and the exit code it ends with.

::

    QarepoError
    ├── UsageError            2   wrong folder, option, name, or nothing to do
    │   ├── RepositoryError   2   the folder to analyse is missing, empty or unreadable
    │   ├── PromptError       2   a prompt file is missing, malformed or changed without a new version
    │   ├── SettingsError     2   an option has a value that cannot work
    │   ├── MissingExtraError 2   an optional package is needed; the message names the install command
    │   ├── ConsentError      2   code would leave the machine and nobody agreed
    │   └── SecretsFoundError 2   --secrets fail, and a secret stands in the code
    ├── ProviderError         4   the model's server refuses to go on: key, balance, model name, outage
    │   └── LimitError        4   a limit of this run was reached: money, requests
    ├── RunLockedError        5   another process works in the same run directory
    ├── StorageError          6   the disk is full, read-only or failing
    │   └── LedgerError       6   the run's ledger is damaged, foreign or from a newer version
    └── InterruptedRunError   130 a signal ended the run after saving what was in flight

Messages are one sentence that says what to do next. They never hold a key, and never a traceback.
"""

from __future__ import annotations

from typing import ClassVar


class QarepoError(Exception):
    """Base of all errors meant for the user."""

    exit_code: ClassVar[int] = 1


class UsageError(QarepoError):
    """The command or call cannot be carried out as it was given."""

    exit_code = 2


class RepositoryError(UsageError):
    """The folder to analyse is missing, not a folder, empty of supported files, or unreadable."""


class PromptError(UsageError):
    """A prompt file is missing, malformed, or does not match the inputs its node supplies."""


class SettingsError(UsageError):
    """A setting has a value that cannot work."""


class MissingExtraError(UsageError):
    """A feature needs an optional package that is not installed."""


class ConsentError(UsageError):
    """Source code would be sent to a remote host and nobody agreed to it."""


class SecretsFoundError(UsageError):
    """A secret stands in the code and the user asked to stop then."""


class ProviderError(QarepoError):
    """The model's server will not answer this run: key, balance, model name or a long outage."""

    exit_code = 4


class LimitError(ProviderError):
    """A limit set for this run (money, requests) would be crossed by the next call."""


class RunLockedError(QarepoError):
    """Another process holds the run directory's lock."""

    exit_code = 5


class StorageError(QarepoError):
    """A local file could not be read or written."""

    exit_code = 6


class LedgerError(StorageError):
    """The run's ledger is damaged, not ours, or written by a newer version."""


class InterruptedRunError(QarepoError):
    """A signal ended the run; everything answered so far is saved.

    Attributes:
        signal_number: The signal that was received; the exit code is 128 plus it.
    """

    exit_code = 130

    def __init__(self, message: str, signal_number: int = 2) -> None:
        super().__init__(message)
        self.signal_number = signal_number
