"""The shapes of the API of notices: what is sent, and what is answered."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from orario.apps.notify.notices import Notice
from orario.apps.notify.words import RULED, Kind, Severity, Status

_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_WEEK = 7 * 86_400


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone, such as Europe/Rome") from None
    return name


def _ruled(kind: Kind) -> Kind:
    if kind not in RULED:
        raise ValueError(f"rules are on {', '.join(RULED)}")
    return kind


Moment = Annotated[
    datetime, PlainSerializer(_iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
Zone = Annotated[str, Field(max_length=100), AfterValidator(_zone)]
Name = Annotated[str, Field(pattern=_NAME)]
Wall = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Ruled = Annotated[Kind, AfterValidator(_ruled)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Shape(BaseModel):
    """What is answered."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Document(BaseModel):
    """What is sent: unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class QuietDocument(Document):
    """Hours in which a channel is told only what is grave; the rest waits until they are over."""

    start: Wall = Field(description="On the wall, such as 22:00.")
    end: Wall = Field(description="Likewise; before the start, it is the next day's.")
    timezone: Zone = "UTC"
    passes: Severity = Field(Severity.CRITICAL, description="From this severity on, it is told anyhow.")


class ChannelDocument(Document):
    """A channel, whole: what is left out is as usual, but for its secrets, which stay."""

    kind: Literal["apprise", "webhook"]
    url: str | None = Field(
        None, max_length=4096, description="An Apprise URL, or the webhook's; left out, the stored one stays."
    )
    signing_secret: str | None = Field(
        None, min_length=8, max_length=512, description="The key that signs what a webhook is sent; likewise."
    )
    is_default: StrictBool = Field(True, description="Told by the rules that name no channels.")
    is_enabled: StrictBool = True
    quiet: QuietDocument | None = None
    calendars: list[Text] = Field(
        default_factory=list, max_length=20, description="Calendars on whose dates it is told nothing."
    )
    timezone: Zone = Field("UTC", description="The zone of these dates.")
    digest_seconds: Annotated[float, Field(ge=1, le=_WEEK)] | None = Field(
        None, description="One message per window of so many seconds, instead of one each."
    )
    digest_passes: Severity = Field(Severity.CRITICAL, description="From this severity on, no digest is waited for.")
    per_hour: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = Field(
        None, description="Messages per hour; the surplus comes in one digest. By default ORARIO_NOTIFY_PER_HOUR."
    )


class RuleDocument(Document):
    """A rule, whole."""

    on: list[Ruled] = Field(min_length=1, description="What it tells of.")
    job: Text | None = Field(None, description="Slug; of this job only.")
    app: Text | None = Field(None, description="Of the jobs of this app only.")
    channels: list[Name] | None = Field(
        None, max_length=50, description="Whom it tells: null the default channels, an empty list nobody."
    )
    failures: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(1, description="After so many failures in a row ...")
    of: Annotated[StrictInt, Field(ge=1, le=1000)] | None = Field(
        None, description="... or when so many of the last `of` runs failed."
    )
    again_every: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = Field(
        None, description="Told again after so many more; by default once, until it is over."
    )
    start_within_seconds: Annotated[float, Field(gt=0, le=_WEEK)] | None = Field(
        None, description="late_start: what waits longer after it was due."
    )
    finish_within_seconds: Annotated[float, Field(gt=0, le=4 * _WEEK)] | None = Field(
        None, description="late_finish: what runs longer after its start."
    )
    memory_mb: Annotated[float, Field(gt=0, le=10**8)] | None = Field(
        None, description="memory: an instance that takes more."
    )
    cpu_percent: Annotated[float, Field(gt=0, le=100_000)] | None = Field(
        None, description="cpu: an instance that took more for a minute; 100 is one core."
    )
    severity: Severity | None = Field(None, description="In place of the usual one of what it tells of.")
    quiet: QuietDocument | None = Field(None, description="In place of the channel's.")
    is_enabled: StrictBool = True


class Named(BaseModel):
    """What a channel or a rule may be called, where it is not in a path."""

    name: str = Field(pattern=_NAME)


class HealthOut(Shape):
    """Whether a channel takes what it is sent."""

    is_healthy: bool
    last_sent_at: Moment | None = None
    last_failed_at: Moment | None = None
    failures_in_row: int = 0
    error: str | None = None


class ChannelOut(Shape):
    """A channel; its secrets are masked."""

    name: str
    kind: str
    url: str = Field(description="With its secrets masked.")
    source: str = Field(description="`api`, or `settings`: those are changed in the environment.")
    is_default: bool
    is_enabled: bool
    quiet: dict[str, Any] | None
    calendars: list[str]
    timezone: str
    digest_seconds: float | None
    digest_passes: Severity
    per_hour: int
    health: HealthOut


class ChannelList(Shape):
    """All channels, by name."""

    channels: list[ChannelOut]


class RuleOut(Shape):
    """A rule."""

    name: str
    source: str = Field(description="`api`, or `built in`: that one holds where no other rule speaks.")
    on: list[Kind]
    job: str | None = None
    app: str | None = None
    channels: list[str] | None = None
    failures: int = 1
    of: int | None = None
    again_every: int | None = None
    start_within_seconds: float | None = None
    finish_within_seconds: float | None = None
    memory_mb: float | None = None
    cpu_percent: float | None = None
    severity: Severity | None = None
    quiet: dict[str, Any] | None = None
    is_enabled: bool = True


class RuleList(Shape):
    """All rules: those that people made, by name, and the one that is built in."""

    rules: list[RuleOut]


class NoticeOut(Shape):
    """A notice, and what became of it."""

    id: UUID = Field(description="The key that every repeat of it carries.")
    at: Moment
    channel: str
    kind: Kind
    severity: Severity
    rule: str | None
    status: Status
    why: str | None = Field(
        description="Why it is held, suppressed or failed; of an alarm, which instances were not heard."
    )
    subject: str
    job: str | None
    app: str | None
    execution_id: UUID | None = Field(description="The execution that it tells of.")
    delivery_id: UUID | None = Field(description="The execution that sends it.")
    digest_id: UUID | None = Field(description="The notice that it went out with.")
    release_at: Moment | None = Field(description="Until when it is held.")
    sent_at: Moment | None

    @classmethod
    def of(cls, one: Notice) -> Self:
        fields = {name: getattr(one, name) for name in cls.model_fields if name not in ("rule", "release_at")}
        release = one.release_at if one.status is Status.HELD else None
        return cls(**fields, rule=one.rule or None, release_at=release)


class NoticeDetail(NoticeOut):
    """A notice with its text."""

    text: str

    @classmethod
    def with_text(cls, one: Notice, text: str) -> Self:
        return cls(**NoticeOut.of(one).model_dump(by_alias=False), text=text)


class NoticeList(Shape):
    """Notices, the newest first."""

    notices: list[NoticeOut]
    total: int
    page: int
    per_page: int


class TestOut(Shape):
    """How a test went."""

    is_sent: bool
    error: str | None
    notice_id: UUID
    took_seconds: float


class ChannelsHealthOut(Shape):
    """Whether every enabled channel takes what it is sent."""

    is_healthy: bool
    channels: dict[str, HealthOut]
