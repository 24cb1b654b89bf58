"""Bodies of what programs with a token may do, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from escalation.api.paging import Moment, PageQuery
from escalation.api.schemas import AREA, REPORT_FIELDS, AttachmentView
from escalation.desk.properties import TAG_MAX, TAGS_MAX
from escalation.models import Area, Author, Priority, Status
from escalation.tickets import BODY_MAX, SUBJECT_MAX

STATUS = validate.OneOf([status.value for status in Status])
ID = validate.Regexp(r"^[0-9a-f-]{1,36}$")
NAME = validate.And(validate.Length(min=1, max=200), validate.Regexp(r"^[^\x00-\x1f\x7f]*$"))
LINE = fields.String(validate=validate.Length(min=1, max=254))


class TicketsQuery(PageQuery):
    """``GET /tickets``."""

    status = fields.String(load_default=None, validate=STATUS)
    area = fields.String(load_default=None, validate=validate.OneOf([area.value for area in Area]))
    customer = fields.String(load_default=None, validate=ID, metadata={"description": "Id of a customer"})
    updated_since = Moment(load_default=None, metadata={"description": "With its offset: 2026-11-30T09:00:00-03:00"})


class OwnerView(Schema):
    """Whose ticket it is."""

    id = fields.String()
    name = fields.String()


class MemberView(Schema):
    """A member of staff, by address."""

    email = fields.String()


class NumberView(Schema):
    """A ticket, by number."""

    number = fields.String()


class TicketSummary(Schema):
    """A ticket in a list; ``version`` rises with each change, ``updated_at`` with each message and status.

    ``merged_into``: it has no life of its own any more; this one's number leads there too.
    """

    number = fields.String()
    status = fields.String()
    priority = fields.String()
    area = fields.String()
    subject = fields.String()
    tags = fields.Pluck("NamedView", "name", many=True)
    assignee = fields.Pluck(MemberView, "email", allow_none=True)
    merged_into = fields.Pluck(NumberView, "number", allow_none=True)
    customer = fields.Nested(OwnerView)
    created_at = fields.DateTime()
    updated_at = fields.DateTime()
    promised_at = fields.DateTime(allow_none=True)
    version = fields.Integer()


class TicketPage(Schema):
    """``next`` is null on the last page."""

    tickets = fields.List(fields.Nested(TicketSummary))
    next = fields.String(allow_none=True)


class ThreadMessage(Schema):
    """What somebody wrote; ``internal``: staff alone may see it."""

    author = fields.String()
    author_name = fields.String()
    body = fields.String()
    internal = fields.Boolean()
    created_at = fields.DateTime()


class ChangeView(Schema):
    """Who changed what, when, from what, to what."""

    kind = fields.String()
    author = fields.String()
    old = fields.String(allow_none=True)
    new = fields.String(allow_none=True)
    at = fields.DateTime()


class RatingView(Schema):
    """What the customer says of the help: good, fair or bad, and a comment if he likes."""

    score = fields.String()
    comment = fields.String()


class TicketDetail(TicketSummary):
    """A whole ticket; ``shown_entries``: ids of the help centre's answers that he was shown before he wrote."""

    shown_entries = fields.List(fields.String())
    rating = fields.Nested(RatingView, allow_none=True)
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    messages = fields.List(fields.Nested(ThreadMessage))
    events = fields.List(fields.Nested(ChangeView))
    attachments = fields.List(fields.Nested(AttachmentView))


class NewTicketBody(Schema):
    """``POST /customers/{id}/tickets``."""

    area = fields.String(**AREA)
    fields_ = fields.Dict(**REPORT_FIELDS)


class WriteBody(Schema):
    """``POST /tickets/{number}/messages``: an answer to the customer, a note, or what the customer said elsewhere."""

    body = fields.String(required=True, validate=validate.Length(min=1, max=BODY_MAX))
    author = fields.String(load_default=Author.STAFF.value, validate=validate.OneOf([Author.STAFF.value, Author.CUSTOMER.value]))
    internal = fields.Boolean(load_default=False)

    @validates_schema
    def notes_are_staffs(self, data: dict[str, object], **kwargs: object) -> None:
        if data.get("internal") and data.get("author") == Author.CUSTOMER:
            raise ValidationError("a customer writes no internal notes", "internal")


class TicketChange(Schema):
    """``PATCH /tickets/{number}``. ``version`` is the one that you saw; without it the present one is taken.

    ``tags`` is the whole list, ``assignee`` the address of a member of staff, or null for nobody.
    """

    status = fields.String(validate=STATUS)
    priority = fields.String(validate=validate.OneOf([priority.value for priority in Priority]))
    area = fields.String(validate=validate.OneOf([area.value for area in Area]))
    subject = fields.String(validate=validate.Length(min=1, max=SUBJECT_MAX))
    tags = fields.List(fields.String(validate=validate.Length(min=1, max=TAG_MAX)), validate=validate.Length(max=TAGS_MAX))
    assignee = fields.String(allow_none=True, validate=validate.Length(min=3, max=254))
    version = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**31 - 1))

    @validates_schema
    def something_changes(self, data: dict[str, object], **kwargs: object) -> None:
        if not data.keys() - {"version"}:
            raise ValidationError("name at least one thing to change", "status")


class CustomerDetail(Schema):
    """A customer; the password is nowhere."""

    id = fields.String()
    name = fields.String()
    blocked = fields.Boolean()
    created_at = fields.DateTime()
    addresses = fields.Pluck("AddressView", "address", many=True)
    domains = fields.Pluck("NamedView", "name", many=True)
    mailboxes = fields.Pluck("NamedView", "name", many=True)


class AddressView(Schema):
    """A registered address."""

    address = fields.String()


class NamedView(Schema):
    """A domain or a mailbox."""

    name = fields.String()


class CustomerPage(Schema):
    """``next`` is null on the last page."""

    customers = fields.List(fields.Nested(CustomerDetail))
    next = fields.String(allow_none=True)


class NewCustomerBody(Schema):
    """``POST /customers``. Without a password he makes his own with "¿Olvidó su contraseña?"."""

    email = fields.String(required=True, validate=validate.Length(min=3, max=254))
    name = fields.String(required=True, validate=NAME)
    password = fields.String(load_only=True, load_default=None, validate=validate.Length(min=10, max=1000))
    domains = fields.List(LINE, load_default=list, validate=validate.Length(max=200))
    mailboxes = fields.List(LINE, load_default=list, validate=validate.Length(max=200))


class CustomerChange(Schema):
    """``PATCH /customers/{id}``: what is left out stays; each list replaces the one that is there."""

    name = fields.String(validate=NAME)
    blocked = fields.Boolean()
    addresses = fields.List(LINE, validate=validate.Length(min=1, max=20))
    domains = fields.List(LINE, validate=validate.Length(max=200))
    mailboxes = fields.List(LINE, validate=validate.Length(max=200))
