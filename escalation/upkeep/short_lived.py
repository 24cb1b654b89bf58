"""What is of use for minutes or days alone: links and codes, what was typed and not sent, who is looking at what."""

from __future__ import annotations

from sqlalchemy import select

from escalation.area_models import AddressLink, FormDraft, RatingLink, RecoveryLink
from escalation.desk_models import AnswerDraft, AnswerHold, Presence
from escalation.mail_models import DeadAddress
from escalation.messenger_models import AccountLink
from escalation.models import OutboxRow
from escalation.outbox import VOID
from escalation.upkeep.rules import Rule, deleted

SHORT_LIVED = (
    Rule(
        "rating-links",
        "links of mails that rate a ticket; they are good for thirty days",
        1,
        lambda old: select(RatingLink.token_hash).where(RatingLink.expires_at < old),
        deleted(RatingLink, RatingLink.token_hash),
    ),
    Rule(
        "recovery-links",
        "links to choose a new password; they are good for an hour",
        1,
        lambda old: select(RecoveryLink.id).where(RecoveryLink.expires_at < old),
        deleted(RecoveryLink, RecoveryLink.id),
    ),
    Rule(
        "address-links",
        "links that prove an address; they are good for a day",
        1,
        lambda old: select(AddressLink.id).where(AddressLink.expires_at < old),
        deleted(AddressLink, AddressLink.id),
    ),
    Rule(
        "account-links",
        "codes of account linking; they are good for five minutes",
        1,
        lambda old: select(AccountLink.code_hash).where(AccountLink.expires_at < old),
        deleted(AccountLink, AccountLink.code_hash),
    ),
    Rule(
        "form-drafts",
        "what customers had typed when their session ended; it is offered for a day",
        1,
        lambda old: select(FormDraft.saved_at).where(FormDraft.saved_at < old),
        deleted(FormDraft, FormDraft.saved_at),
    ),
    Rule(
        "answer-drafts",
        "what staff had begun to write and never sent",
        180,
        lambda old: select(AnswerDraft.updated_at).where(AnswerDraft.updated_at < old),
        deleted(AnswerDraft, AnswerDraft.updated_at),
    ),
    Rule(
        "answer-holds",
        "how a ticket was before an answer that could be taken back for seconds",
        1,
        lambda old: select(AnswerHold.message_id).where(AnswerHold.until < old),
        deleted(AnswerHold, AnswerHold.message_id),
    ),
    Rule(
        "presence",
        "who of staff looked at which ticket",
        1,
        lambda old: select(Presence.seen_at).where(Presence.seen_at < old),
        deleted(Presence, Presence.seen_at),
    ),
    Rule(
        "dead-addresses",
        "addresses that did not exist; they are tried again after their time",
        30,
        lambda old: select(DeadAddress.address).where(DeadAddress.until < old),
        deleted(DeadAddress, DeadAddress.address),
    ),
    Rule(
        "void",
        "mails that were written for their time alone, or whose reader was erased, and never leave",
        1,
        lambda old: select(OutboxRow.id).where(OutboxRow.state == VOID, OutboxRow.created_at < old),
        deleted(OutboxRow, OutboxRow.id),
    ),
)
