"""What numpy raises when a file of arrays is damaged: its header is parsed as Python text, its data unzipped."""

from __future__ import annotations

import tokenize
import zipfile
import zlib

UNREADABLE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    MemoryError,  # a header that promises more than there is memory
    OverflowError,
    SyntaxError,
    RuntimeError,  # an encrypted archive, or one packed in a way that is not known (NotImplementedError)
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
