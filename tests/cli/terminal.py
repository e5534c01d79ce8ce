"""xybrid chat at a terminal: prompts, Ctrl-C during an answer and at the prompt, Ctrl-D. python3 terminal.py PROGRAM PACK
(the pack of a slow model that says again what was said). Ends with 0, 1, or 77 where there is no pseudo-terminal."""
import os
import select
import sys
import time

try:
    import pty
except ImportError:
    sys.exit(77)

PATIENCE_S = 60


class Terminal:
    def __init__(self, *arguments):
        self.seen = ""
        self.process, self.fd = pty.fork()
        if self.process == 0:
            os.environ["NO_COLOR"] = "1"
            os.execv(arguments[0], arguments)

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text):
        """Reads until the text has come, and drops all up to it."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            if time.monotonic() > end:
                sys.exit(f"wanted {text!r}, have {self.seen!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    block = os.read(self.fd, 4096)
                except OSError:  # the other end is closed
                    block = b""
                if not block:
                    sys.exit(f"ended; wanted {text!r}, have {self.seen!r}")
                self.seen += block.decode(errors="replace")
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def expect_end(self, code):
        found = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        if found != code:
            sys.exit(f"ended with {found}, wanted {code}")


program, pack = sys.argv[1:]
t = Terminal(program, "chat", pack)
t.expect("/help")
t.expect("> ")
t.type("this is said again, letter by letter, which takes a while\n")
t.expect("a while")  # what the terminal shows of the typing
t.expect("this is")
t.type("\x03")
t.expect("(stopped)")
t.expect("> ")
t.type("this is so long that reading it takes the slow model two seconds before it begins to say anything\n")
t.expect("anything")
time.sleep(0.5)  # it reads; a Ctrl-C before the line was taken would end the program
t.type("\x03")
t.expect("(stopped")  # before its first word the question is taken back
t.expect("> ")
t.type("/history\n")
t.expect("user: this is said again")
t.expect("assistant: this is")
t.expect("> ")
t.type("\x03")
t.expect_end(130)

t = Terminal(program, "chat", pack)
t.expect("> ")
t.type("one\\\n")
t.expect(". ")
t.type("two\n")
t.expect("two")
t.expect("one\r\ntwo\r\n")
t.expect("> ")
t.type("\x04")
t.expect_end(0)
