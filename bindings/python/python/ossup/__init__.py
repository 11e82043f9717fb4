"""Verified uploads to and downloads from Alibaba Cloud Object Storage Service (OSS).

The names are those of the official package, so that a program changes one line: `import ossup as oss`. Transfers are carried
out by a Rust engine: every part and the whole object are verified, an interrupted upload resumes, memory is bounded.
"""

from __future__ import annotations

from . import config, credentials, exceptions, models, types
from ._accelerate import accelerate
from ._ossup import __version__
from .client import Client
from .config import Config
from .copier import Copier, CopyError, CopyResult
from .downloader import Downloader, DownloadError, DownloadResult
from .exceptions import OssError
from .models import *  # noqa: F403
from .paginator import (
    ListBucketsPaginator,
    ListMultipartUploadsPaginator,
    ListObjectsPaginator,
    ListObjectsV2Paginator,
    ListObjectVersionsPaginator,
    ListPartsPaginator,
)
from .presigner import PresignResult
from .types import BodyType, CaseInsensitiveDict, Credentials, CredentialsProvider, StreamBody
from .uploader import Uploader, UploadError, UploadResult

VERSION = __version__

__all__ = [
    "VERSION",
    "BodyType",
    "CaseInsensitiveDict",
    "Client",
    "Config",
    "Copier",
    "CopyError",
    "CopyResult",
    "Credentials",
    "CredentialsProvider",
    "DownloadError",
    "DownloadResult",
    "Downloader",
    "ListBucketsPaginator",
    "ListMultipartUploadsPaginator",
    "ListObjectVersionsPaginator",
    "ListObjectsPaginator",
    "ListObjectsV2Paginator",
    "ListPartsPaginator",
    "OssError",
    "PresignResult",
    "StreamBody",
    "UploadError",
    "UploadResult",
    "Uploader",
    "__version__",
    "accelerate",
    "config",
    "credentials",
    "exceptions",
    "models",
    "types",
]
__all__ += models.__all__
