"""The demo's mail server: speaks as much SMTP as it takes to receive a letter, and refuses unknown mailboxes."""

from __future__ import annotations

import email
import email.policy
import socketserver
import time

from sitong.marketing.messages.demo.inbox import Arrived, Inbox


class DemoMail(socketserver.ThreadingTCPServer):
    """A mail server on loopback. `refused` are mailboxes that it does not know; `drops` closes after the next letters unanswered."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, inbox: Inbox, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.inbox = inbox
        self.refused: set[str] = set()
        self.drops = 0

    @property
    def address(self) -> str:
        """The gateway for the account."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    server: DemoMail

    def handle(self) -> None:
        """Serve one connection."""
        self._say("220 demo ESMTP")
        sender, receivers = "", list[str]()
        while line := self.rfile.readline().decode(errors="replace").strip():
            word, _, rest = line.partition(" ")
            match word.upper():
                case "EHLO" | "HELO":
                    self._say("250 demo")
                case "MAIL":
                    sender, receivers = _mailbox(rest), []
                    self._say("250 ok")
                case "RCPT":
                    mailbox = _mailbox(rest)
                    known = mailbox not in self.server.refused
                    receivers += [mailbox] if known else []
                    self._say("250 ok" if known else "550 no such mailbox")
                case "DATA":
                    self._say("354 go ahead")
                    self._take(sender, receivers)
                    if self.server.drops:
                        self.server.drops -= 1
                        return
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _take(self, sender: str, receivers: list[str]) -> None:
        raw = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            raw += line[1:] if line.startswith(b"..") else line
        letter = email.message_from_bytes(raw, policy=email.policy.default)
        body = letter.get_body(("plain",))
        text = f"{letter['Subject']}\n{body.get_content().strip() if body else ''}"
        stop = str(letter["List-Unsubscribe"] or "").strip("<>")
        for one in receivers:
            self.server.inbox.put(Arrived("email", one, sender, text, time.time(), str(letter["Message-ID"]), "", stop))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def _mailbox(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
