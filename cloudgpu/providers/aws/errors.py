"""The door at which every exception of boto3 and botocore becomes one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from cloudgpu.errors import CapacityError, ProviderError, QuotaError
from cloudgpu.model import Offer
from cloudgpu.providers.aws.buckets import bucket_of
from cloudgpu.providers.aws.refusals import REFUSALS, Refusal

_ZONE = r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]\b"


@contextmanager
def aws_errors(region: str = "", offer: Offer | None = None) -> Iterator[None]:
    """Within, no exception of boto3 gets through: ProviderError in its place, with AWS's own code and words.

    `region` and `offer` say what was asked for, for brief and remedy.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = error.response.get("Error", {})
        raise explained(code_of(error), told.get("Message", ""), status, region=region, offer=offer) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise explained(_known_name(error), str(error), 0, region=region, offer=offer) from error


def code_of(error: ClientError) -> str:
    """AWS's own code (`InvalidGroup.Duplicate`)."""
    return error.response.get("Error", {}).get("Code", "")


def explained(code: str, words: str, status: int = 0, *, region: str = "", offer: Offer | None = None) -> ProviderError:
    """Our error for AWS's code and words; a code that nobody knows, with an HTTP status from 500 on, is an unknown
    outcome."""
    refusal = meaning(code, words)
    if refusal is REFUSALS[-1] and status >= 500:
        refusal = meaning("InternalError", words)
    fill = _context(code, words, region, offer)
    brief, remedy = refusal.brief.format_map(fill), refusal.remedy.format_map(fill)
    if issubclass(refusal.error, QuotaError):
        return refusal.error(brief, remedy=remedy, code=code, details=words, region=fill["region"])
    if issubclass(refusal.error, CapacityError):
        return refusal.error(brief, remedy=remedy, code=code, details=words, elsewhere=zones_named(words))
    return refusal.error(brief, remedy=remedy, code=code, details=words)


def meaning(code: str, words: str) -> Refusal:
    """The first row of the table that fits."""
    return next(
        one
        for one in REFUSALS
        if (not one.codes or code in one.codes.split()) and re.search(one.words, words, re.IGNORECASE)
    )


def zones_named(words: str) -> tuple[str, ...]:
    """The zones that AWS names where it has what it refuses here (`... or choosing us-east-1b, us-east-1d.`)."""
    return tuple(re.findall(_ZONE, words.partition("choosing ")[2]))


def _known_name(error: Exception) -> str:
    """The nearest class of the exception that the table knows, else its own name."""
    known = {name for refusal in REFUSALS for name in refusal.codes.split()}
    names = [one.__name__ for one in type(error).__mro__]
    return next((name for name in names if name in known), names[0])


def _context(code: str, words: str, region: str, offer: Offer | None) -> dict[str, str]:
    region = offer.region if offer else region or "us-east-1"
    action = re.search(r"perform:? ([a-z0-9-]+:\w+)", words)
    limit = re.search(r"limit of (\d+)", words)
    vcpus = (offer.vcpus if offer else 8) + int(limit[1] if limit else 0)
    return {
        "code": code,
        "type": offer.instance_type if offer else "The instance type",
        "where": offer.zone if offer else region,
        "region": region,
        "zone": offer.zone if offer else "ZONE",
        "action": action[1] if action else "do this",
        "quota": bucket_of(offer.instance_type if offer else "g4dn", bool(offer and offer.spot)).ask_for(vcpus, region),
    }
