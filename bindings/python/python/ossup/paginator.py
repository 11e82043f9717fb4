"""All pages of a list, one after the other."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


class _Paginator:
    """Goes through all pages. `limit` is the most entries of a page."""

    _operation = ""
    _limit_field = "max_keys"
    # The field of a request that says where its page begins, and that of a result which says where the next one does.
    _markers: tuple[tuple[str, str], ...] = ()

    def __init__(self, client: Any, **kwargs: Any) -> None:
        self._client = client
        self._limit: int | None = kwargs.get("limit")

    def iter_page(self, request: Any, **kwargs: Any) -> Iterator[Any]:
        """Iterates over the pages; the next one is fetched when it is asked for."""
        request = copy.copy(request)
        limit = kwargs.get("limit", self._limit)
        if limit is not None:
            setattr(request, self._limit_field, limit)
        while True:
            page = getattr(self._client, self._operation)(request)
            yield page
            if not page.is_truncated:
                return
            for field, following in self._markers:
                setattr(request, field, getattr(page, following))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ListObjectsPaginator(_Paginator):
    """All pages of objects, by the older operation."""

    _operation = "list_objects"
    _markers = (("marker", "next_marker"),)


class ListObjectsV2Paginator(_Paginator):
    """All pages of objects."""

    _operation = "list_objects_v2"
    _markers = (("continuation_token", "next_continuation_token"),)


class ListObjectVersionsPaginator(_Paginator):
    """All pages of versions and delete markers."""

    _operation = "list_object_versions"
    _markers = (("key_marker", "next_key_marker"), ("version_id_marker", "next_version_id_marker"))


class ListBucketsPaginator(_Paginator):
    """All pages of buckets."""

    _operation = "list_buckets"
    _markers = (("marker", "next_marker"),)


class ListPartsPaginator(_Paginator):
    """All pages of parts."""

    _operation = "list_parts"
    _limit_field = "max_parts"
    _markers = (("part_number_marker", "next_part_number_marker"),)


class ListMultipartUploadsPaginator(_Paginator):
    """All pages of unfinished multipart uploads."""

    _operation = "list_multipart_uploads"
    _limit_field = "max_uploads"
    _markers = (("key_marker", "next_key_marker"), ("upload_id_marker", "next_upload_id_marker"))
