"""The door at which every exception of boto3 and botocore becomes one of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from cloudgpu.errors import AuthError, ProviderError
from cloudgpu.model import Offer
from cloudgpu.providers.aws import clock
from cloudgpu.providers.aws.explain import Asked, Verdict, explain, judge
from cloudgpu.providers.aws.refusals import Refusal

_PARENTS = 3  # of an exception: what lies further up says nothing


@contextmanager
def aws_errors(region: str = "", offer: Offer | None = None, profile: str = "") -> Iterator[None]:
    """Within, no exception of boto3 gets through: ProviderError in its place, with AWS's own code and words.

    `region`, `offer` and `profile` say what was asked for and by whom, for brief and remedy.
    """
    asked = Asked(region, offer, profile or os.environ.get("AWS_PROFILE", ""))
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, asked) from error
    except (BotoCoreError, ResponseParserError) as error:
        names = tuple(kind.__name__ for kind in type(error).__mro__[:_PARENTS])
        raise explain(Refusal(str(error), names), asked) from error


def classify(*, code: str | int | None = "", message: str | None = "", status: int | str | None = None) -> Verdict:
    """What a refusal of AWS's is, from as much of it as there is: the code of an answer, of a StateReason or of an
    exception's class, its words, its status. Never raises."""
    return judge(Refusal(str(message or ""), _given(code, status)))


def explained(
    code: str | None, words: str | None, status: int = 0, *, region: str = "", offer: Offer | None = None
) -> ProviderError:
    """Our error for AWS's code and words; the code of a StateReason is one, too. A code that nobody knows, with an HTTP
    status from 500 on, is an unknown outcome."""
    return explain(Refusal(words or "", _given(code, status or None)), Asked(region, offer))


def code_of(error: ClientError) -> str:
    """AWS's own code (`InvalidGroup.Duplicate`)."""
    return error.response.get("Error", {}).get("Code", "")


def _of_answer(error: ClientError, asked: Asked) -> ProviderError:
    """Credentials that are refused because of this computer's clock: the answer says what time it is."""
    meta = error.response.get("ResponseMetadata", {})
    words = error.response.get("Error", {}).get("Message", "")
    ours = explain(Refusal(words, _given(code_of(error), meta.get("HTTPStatusCode"))), asked)
    off = clock.ahead(meta.get("HTTPHeaders", {}).get("date", ""), datetime.now(timezone.utc))
    if isinstance(ours, AuthError) and abs(off) > clock.TOLERATED:
        skewed = explain(Refusal(words, ("RequestTimeTooSkewed",)), asked)
        brief = f"AWS does not accept these credentials because this computer's clock is {clock.spelt(off)}."
        return AuthError(brief, remedy=skewed.remedy, code=ours.code, details=words)
    return ours


def _given(code: str | int | None, status: int | str | None) -> tuple[str, ...]:
    given = [str(part).strip() for part in (code, status) if part is not None]
    return tuple(part for part in given if part)
