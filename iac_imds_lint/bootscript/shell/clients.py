"""Programs that ask a URL: which of their words is it, by which method, with which headers.

Sources: the manuals of curl, wget, HTTPie, aria2 and the others, for the options that take a word after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.bootscript.shell import tokens
from iac_imds_lint.bootscript.shell.state import Does, Event, Fetch, State
from iac_imds_lint.bootscript.shell.urls import Kind, Target, asked, target
from iac_imds_lint.bootscript.shell.values import HIDDEN, Key
from iac_imds_lint.bootscript.shell.words import Arg

# A wrapper or another build is named after the program: curl_cli, curl-retry.
_CURL = re.compile(r"(?:^|[\w-]*[-_.])(?P<name>curl|wget)(?:$|[-_.\d][\w.-]*)")
_FAMILIES = {
    "http": "http https httpie xh",
    "curl": "curlie",
    "fetch": "fetch",
    "aria2c": "aria2c axel",
    "lynx": "lynx links elinks w3m",
    "GET": "GET HEAD lwp-request lwp-download",
    "nc": "nc ncat netcat telnet socat",
}
_NAMES = {name: family for family, names in _FAMILIES.items() for name in names.split()}


class _Options(NamedTuple):
    """Options that take a word: single letters, and long names. ``equals`` where long ones take it only after =."""

    letters: str
    names: frozenset[str]


_OPTIONS = {
    "curl": _Options(
        "AbcCdDeEFhHKmoPQrtTuUwxXyYz",
        frozenset(
            [
                "abstract-unix-socket",
                "alt-svc",
                "aws-sigv4",
                "cacert",
                "capath",
                "cert",
                "cert-type",
                "ciphers",
                "config",
                "connect-timeout",
                "connect-to",
                "continue-at",
                "cookie",
                "cookie-jar",
                "create-file-mode",
                "crlfile",
                "curves",
                "data",
                "data-ascii",
                "data-binary",
                "data-raw",
                "data-urlencode",
                "delegation",
                "dns-interface",
                "dns-ipv4-addr",
                "dns-ipv6-addr",
                "dns-servers",
                "doh-url",
                "dump-header",
                "egd-file",
                "engine",
                "expect100-timeout",
                "form",
                "form-string",
                "ftp-port",
                "happy-eyeballs-timeout-ms",
                "header",
                "hostpubmd5",
                "interface",
                "json",
                "keepalive-time",
                "key",
                "key-type",
                "limit-rate",
                "local-port",
                "max-filesize",
                "max-redirs",
                "max-time",
                "netrc-file",
                "noproxy",
                "output",
                "output-dir",
                "pass",
                "pinnedpubkey",
                "preproxy",
                "proto",
                "proto-default",
                "proto-redir",
                "proxy",
                "proxy-cacert",
                "proxy-header",
                "proxy-user",
                "pubkey",
                "quote",
                "random-file",
                "range",
                "rate",
                "referer",
                "request",
                "request-target",
                "resolve",
                "retry",
                "retry-delay",
                "retry-max-time",
                "socks4",
                "socks4a",
                "socks5",
                "socks5-hostname",
                "speed-limit",
                "speed-time",
                "stderr",
                "tls-max",
                "tls13-ciphers",
                "trace",
                "trace-ascii",
                "unix-socket",
                "upload-file",
                "url-query",
                "user",
                "user-agent",
                "variable",
                "write-out",
            ]
        ),
    ),
    "wget": _Options(
        "aBDeiIloOPQRtTUwXA",
        frozenset(
            [
                "header",
                "output-document",
                "tries",
                "timeout",
                "user-agent",
                "post-data",
                "post-file",
                "method",
                "body-data",
                "body-file",
                "output-file",
                "append-output",
                "directory-prefix",
                "wait",
                "waitretry",
                "connect-timeout",
                "read-timeout",
                "dns-timeout",
                "bind-address",
                "limit-rate",
                "user",
                "password",
                "http-user",
                "http-password",
                "referer",
                "base",
                "execute",
                "quota",
                "proxy-user",
                "proxy-password",
                "load-cookies",
                "save-cookies",
                "ca-certificate",
                "certificate",
                "private-key",
                "max-redirect",
            ]
        ),
    ),
    "http": _Options(
        "aAobps", frozenset(["auth", "auth-type", "output", "print", "style", "timeout", "session", "proxy", "verify"])
    ),
    "fetch": _Options("BhNoSTwi", frozenset(["output", "timeout"])),
    "aria2c": _Options("dojskxtmi", frozenset(["dir", "out", "header", "timeout", "max-tries"])),
    "lynx": _Options("", frozenset()),
    "GET": _Options("mbtipHCc", frozenset()),
    "nc": _Options("wipsqGIOPTXx", frozenset()),
}
_OUTPUT = {"curl": ("o", "output"), "wget": ("O", "output-document"), "aria2c": ("o", "out"), "fetch": ("o", "output")}
# Options with which a client fails on an answer that is an error, as 401 is. wget and the others always do.
_FAILS = {"curl": ("f", "fail", "fail-with-body"), "http": ("check-status",)}
# Requests that only other clouds understand.
_OTHER_CLOUDS = re.compile(
    r"\s*['\"]?(?:metadata(?:-token)?:|metadata-flavor:|x-google-|x-aliyun-|authorization: *bearer)", re.IGNORECASE
)


class Words(NamedTuple):
    """The words of a client, by what they are."""

    plain: tuple[Arg, ...]
    options: tuple[tuple[str, Arg], ...]

    def option(self, *names: str) -> str:
        """The last word after an option; empty where it is not given."""
        return next((arg.text for name, arg in reversed(self.options) if name in names), "")


def client(name: str) -> str:
    """The family of a client; empty where a program is none."""
    base = name.rsplit("/", 1)[-1].removesuffix(".exe")
    found = _CURL.fullmatch(base)
    return found["name"] if found else _NAMES.get(base, "")


def read(state: State, family: str, argv: Sequence[Arg]) -> bool:
    """Note what a client asks; whether it is IMDS."""
    words = _words(family, argv[1:])
    targets = list(_targets(family, words))
    key = _key(argv)
    if family == "nc" and not state.tree.has_request:
        return False
    if not targets:
        _other(state, family, words, key)
        return False
    if any(one.kind is Kind.OTHER for one in targets) or _is_other_cloud(argv):
        return True
    _note(state, family, argv, words, targets, key)
    return True


def _key(argv: Sequence[Arg]) -> Key:
    """From the client's own name to its last word, where a function is called with them, if it is with all."""
    written = [one.values[0].at for one in argv if one.values and one.values[0].at]
    if len(written) == len(argv):
        return min(start for start, _ in written), max(end for _, end in written)
    return argv[0].start, max(one.end for one in argv)


def _targets(family: str, words: Words) -> Iterator[Target]:
    some = [arg for name, arg in words.options if name == "url"]
    for arg in (*words.plain, *some):
        for value in arg.values:
            found = target(value)
            if found:
                yield found
            if found and family == "nc":
                return


def _is_other_cloud(argv: Sequence[Arg]) -> bool:
    return any(_OTHER_CLOUDS.match(one.text) for one in argv)


def _note(state: State, family: str, argv: Sequence[Arg], words: Words, targets: list[Target], key: Key) -> None:
    program = argv[0].text.rsplit("/", 1)[-1]
    paths = asked(dict.fromkeys(one.path for one in targets if one.kind is Kind.DATA))
    through = next((one.through for one in targets if one.through), "")
    if tokens.carried(state, argv):
        state.note(Event(Does.CARRY, key, program, paths))
    elif all(one.kind is Kind.TOKEN for one in targets):
        if _puts(words):
            state.note(Event(Does.PUT, key, program))
    elif reason := _reason(state, argv, targets):
        state.miss(key, reason)
    else:
        note = f"through {through}" if through else ""
        _others_of(state, words, key)
        if not _fails(family, words):
            state.deaf.add(key)
        state.note(Event(Does.ASK, key, program, paths, note))


def _others_of(state: State, words: Words, key: Key) -> None:
    """What else an address may be that may be that of IMDS."""
    for arg in words.plain:
        if any(target(one) for one in arg.values):
            others = (
                one.text for one in arg.values if not target(one) and re.match(rf"https?://|[^{HIDDEN}\s]+\.", one.text)
            )
            for other in others:
                state.others.setdefault(key, other)


def _puts(words: Words) -> bool:
    method = words.option("X", "request", "method") or ("PUT" if words.option("T", "upload-file") else "")
    plain = {one.text.upper() for one in words.plain}
    return method.upper() == "PUT" or HIDDEN in method or "PUT" in plain


def _fails(family: str, words: Words) -> bool:
    names = {name for name, _ in words.options}
    return family not in _FAILS or not names.isdisjoint(_FAILS[family])


def _reason(state: State, argv: Sequence[Arg], targets: list[Target]) -> str:
    """Why it is not known whether a call has a token: options that are not known, or the host."""
    for arg in argv[1:]:
        why = state.unknown(arg.start, arg.end)
        if why and (arg.text == HIDDEN or not all(one.sure for one in targets)):
            return f"what {argv[0].text} is told is not known: {why}"
    return ""


def _other(state: State, family: str, words: Words, key: Key) -> None:
    """What is not IMDS: a download, or a URL that is not known."""
    for arg in words.plain:
        url = arg.text
        why = state.unknown(arg.start, arg.end) if url.startswith(HIDDEN) else ""
        if why and url == HIDDEN:
            state.miss(key, f"what {family} asks is not known: {why}")
        if "/" in url or HIDDEN in url or "." in url:
            state.others.setdefault(key, url)
            state.fetches.append(Fetch(url.replace(HIDDEN, "…"), _saved(state, family, words, url)))
            return


def _saved(state: State, family: str, words: Words, url: str) -> str:
    """The file that a client writes; "-" for what it prints."""
    given = words.option(*_OUTPUT.get(family, ()))
    if given:
        return "-" if given in ("-", "/dev/stdout") else given
    named = family != "curl" or any(name in ("O", "remote-name") for name, _ in words.options)
    if named:
        return url.split("?", 1)[0].rsplit("/", 1)[-1]
    return state.targets[-1] if state.targets else "-"


def _words(family: str, args: Sequence[Arg]) -> Words:
    plain: list[Arg] = []
    options: list[tuple[str, Arg]] = []
    found = _OPTIONS[family]
    number = 0
    while number < len(args):
        arg = args[number]
        taken = 0
        if arg.text.startswith("--") and len(arg.text) > 2:
            taken = _long(found, arg, args[number + 1 :], options)
        elif arg.text.startswith("-") and len(arg.text) > 1 and family != "lynx":
            taken = _short(found, arg, args[number + 1 :], options)
        elif not arg.text.startswith("-"):
            plain.append(arg)
        number += 1 + taken
    return Words(tuple(plain), tuple(options))


def _long(found: _Options, arg: Arg, rest: Sequence[Arg], options: list[tuple[str, Arg]]) -> int:
    name, equals, _ = arg.text[2:].partition("=")
    if equals:
        options.append((name, _cut(arg, len(name) + 3)))
        return 0
    if name == "url" or name in found.names:
        options += ((name, one) for one in rest[:1])
        return 1
    options.append((name, arg))
    return 0


def _short(found: _Options, arg: Arg, rest: Sequence[Arg], options: list[tuple[str, Arg]]) -> int:
    for place, letter in enumerate(arg.text[1:], start=2):
        if letter in found.letters:
            if place < len(arg.text):
                options.append((letter, _cut(arg, place)))
                return 0
            options += ((letter, one) for one in rest[:1])
            return 1
        options.append((letter, arg))
    return 0


def _cut(arg: Arg, begin: int) -> Arg:
    return arg._replace(values=tuple(one._replace(text=one.text[begin:]) for one in arg.values))
