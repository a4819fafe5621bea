"""E-mail by SMTP, with a way out that mail programs show as a button (RFC 8058: List-Unsubscribe, one click).

SMTP knows no ids and no questions: once the text was handed over and the answer is lost, nobody can say what became of it.
The Message-ID is made of the attempt, so that a person can look for it in the server's log.
"""

from __future__ import annotations

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

from sitong.marketing.messages.adapters.carrier import (
    Answer,
    Answers,
    Call,
    CarrierNotAsked,
    CarrierRefused,
    CarrierUnreachable,
    Item,
)

TIMEOUT_S = 10
ADDRESS = "smtp://127.0.0.1:25"


class Mail:
    """One mailbox at one server. Mail goes out one by one over one connection each."""

    together = 1
    settled_s: int | None = None

    def __init__(self, *, account: str, secret: str, sender: str, gateway: str = "") -> None:
        self._account, self._secret, self._sender = account, secret, sender
        self._at = urlsplit(gateway or ADDRESS)

    def alike(self, item: Item) -> object:
        """Each mail is one member's."""
        return item.message_id

    def send(self, call: Call) -> Answers:
        """Hand one mail to the server."""
        (one,) = call.items
        mail = self.letter(call, one)
        server = self._server()
        try:
            with server:
                try:
                    server.send_message(mail, from_addr=self._sender, to_addrs=[one.address])
                except smtplib.SMTPRecipientsRefused as refused:
                    code = next(iter(refused.recipients.values()))[0]
                    return {one.message_id: Answer("later" if 400 <= code < 500 else "failed", str(code))}
                except smtplib.SMTPResponseException as refused:
                    code = refused.smtp_code
                    return {one.message_id: Answer("later" if 400 <= code < 500 else "failed", str(code))}
        except smtplib.SMTPServerDisconnected:
            raise CarrierUnreachable(why="disconnected") from None
        except (OSError, smtplib.SMTPException) as lost:
            raise CarrierUnreachable(why=type(lost).__name__) from None
        return {one.message_id: Answer("sent", provider_id=call.id.hex)}

    def look(self, call: Call) -> Answers:
        """Nobody can be asked."""
        return {one.message_id: Answer("unknown") for one in call.items}

    def check(self) -> None:
        """Sign in."""
        try:
            with self._server() as server:
                server.noop()
        except (CarrierNotAsked, OSError, smtplib.SMTPException) as wrong:
            raise CarrierRefused(provider_code=type(wrong).__name__, why=str(wrong)[:100]) from None

    def approval(self, code: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Nobody approves texts here."""
        return None

    def letter(self, call: Call, one: Item) -> EmailMessage:
        """Write the mail, plain and as HTML."""
        mail = EmailMessage()
        domain = self._sender.rpartition("@")[2] or "localhost"
        mail["From"] = Address(call.signature, addr_spec=self._sender) if call.signature else self._sender
        mail["To"] = one.address
        mail["Subject"] = one.subject
        mail["Date"] = format_datetime(call.asked_at)
        mail["Message-ID"] = f"<{call.id.hex}@{domain}>"
        if one.stop_link:
            mail["List-Unsubscribe"] = f"<{one.stop_link}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        tail = "\n\n".join(
            part for part in (one.link, f"退订 / Unsubscribe: {one.stop_link}" if one.stop_link else "") if part
        )
        mail.set_content(f"{one.text}\n\n{tail}\n")
        html = f"<p>{escape(one.text).replace(chr(10), '<br>')}</p>"
        if one.link:
            html += f'<p><a href="{escape(one.link)}">{escape(one.subject)}</a></p>'
        if one.stop_link:
            html += f'<p style="color:#888"><a href="{escape(one.stop_link)}">退订 / Unsubscribe</a></p>'
        mail.add_alternative(html, subtype="html")
        return mail

    def _server(self) -> smtplib.SMTP:
        host, secure = self._at.hostname or "127.0.0.1", self._at.scheme == "smtps"
        try:
            if secure:
                server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._at.port or 465, timeout=TIMEOUT_S)
            else:
                server = smtplib.SMTP(host, self._at.port or 25, timeout=TIMEOUT_S)
                server.ehlo_or_helo_if_needed()
                if server.has_extn("starttls"):
                    server.starttls()
            server.ehlo_or_helo_if_needed()
            if self._account and self._secret and server.has_extn("auth"):
                server.login(self._account, self._secret)
        except (OSError, smtplib.SMTPException) as lost:
            raise CarrierNotAsked(why=type(lost).__name__) from None
        return server
