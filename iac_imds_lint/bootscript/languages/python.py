"""Python, by its syntax tree; what does not parse (Python 2, a template with holes) by patterns."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript.asking import asked, asked_path, is_of_another_cloud, names_token
from iac_imds_lint.bootscript.hosts import HOSTS, is_of_interest
from iac_imds_lint.bootscript.languages import others
from iac_imds_lint.bootscript.languages.python_values import Module, dotted
from iac_imds_lint.script import Call, Language, Looked, Part, Unseen
from iac_imds_lint.texts import STAND_IN, Text

# The last part of the name of what requests a URL, and in which of its arguments.
_REQUESTS = {
    "urlopen": 1,
    "urlretrieve": 1,
    "get": 1,
    "head": 1,
    "request": 2,
    "retry_url": 1,
    "setopt": 2,
    "open": 1,
    "retrieve": 1,
    "fetch": 1,
    "stream": 2,
}
_CONNECTIONS = ("HTTPConnection", "HTTPConnectionPool")
_WRAPPED = ("Request", "URL", "Url", "parse_url", "str", "urlparse")
# boto 2 knows no tokens.
_BOTO = ("get_instance_metadata", "get_instance_identity", "get_instance_userdata")
_SHELLS = (
    *("system", "popen", "run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"),
    *("create_subprocess_shell",),
)
# Of these, what always starts a shell; the others do so where they are told.
_ALWAYS = ("system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell")
# Calls that show a string, keep it or make another of it; errors are named with a capital.
_QUIET = re.compile(
    r"|[A-Z]\w*|print|pprint|log|debug|info|warn|warning|error|critical|exception|fatal|write|writelines|echo|append"
    r"|extend|add|insert|format|join|split|replace|str|repr|len|strip|encode|startswith|add_argument|fail|skip|exit"
)
_CLIENTS = ("curl", "wget", "/usr/bin/curl", "/usr/bin/wget")


class _Asks(NamedTuple):
    """A request for something of IMDS, and where its headers are: in a node, or on a name."""

    node: ast.Call
    program: str
    path: str
    carriers: tuple[str, ...] = ()
    note: str = ""


def look(part: Part) -> Looked:
    """The calls in a Python script, the commands that it hands to a shell, and requests with unknown headers."""
    tree = _parsed(part.text.content)
    if tree is None:
        return others.look(part)
    module = Module(tree, part.text.content, _is_request)
    calls, unseen = [], []
    for one in (*_asking(module), *_through_functions(module)):
        start, end = module.offsets(one.node)
        unknown = _unknown_headers(one, module)
        if _is_careful(one, module):
            continue
        if unknown:
            unseen.append(Unseen(part.text.span(start, end), unknown))
        else:
            calls.append(Call(start, end, one.program, one.path, one.note))
    return Looked(
        tuple(sorted(dict.fromkeys(calls), key=lambda call: call[:2])), tuple(_inner(part, module)), tuple(unseen)
    )


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_request(node: ast.Call) -> bool:
    """Whether a call makes a request with headers of its own; what sets options of one speaks for all of it."""
    name = dotted(node.func).rpartition(".")[2]
    return (name in _REQUESTS and name != "setopt") or name in _BOTO


def _asking(module: Module) -> Iterator[_Asks]:
    for node in module.calls:
        name = dotted(node.func)
        last = name.rpartition(".")[2]
        if last in _BOTO and module.imports("boto"):
            yield _Asks(node, name, "latest/meta-data", note="boto 2 knows no tokens")
        elif last in _SHELLS:
            yield from _by_list(node, module)
        elif last in _REQUESTS:
            path, carriers = _path(node, last, module)
            if path is not None:
                yield _Asks(node, name.removeprefix(f"{STAND_IN}."), path, carriers)


def _by_list(node: ast.Call, module: Module) -> Iterator[_Asks]:
    """``subprocess.run(["curl", URL])``."""
    first = module.resolved(node.args[0]) if node.args else None
    if not isinstance(first, ast.List | ast.Tuple):
        return
    words = [module.value(element) for element in first.elts[:50]]
    path = next((path for path in map(asked, words[1:]) if path is not None), None)
    if words and words[0] in _CLIENTS and path is not None and not any(map(names_token, words)):
        yield _Asks(node, words[0].rpartition("/")[2], path)


def _path(node: ast.Call, name: str, module: Module) -> tuple[str | None, tuple[str, ...]]:
    """What a request asks IMDS for, and the names whose headers it sends."""
    given = [*node.args[: _REQUESTS[name]], *(one.value for one in node.keywords if one.arg in ("url", "fullurl"))]
    receiver = dotted(node.func).rpartition(".")[0]
    if _is_connection(node, module):
        paths = (module.value(argument) for argument in node.args[1:2])
        return next((asked_path(path) for path in paths), None), (receiver,)
    for argument in given:
        carriers = tuple(one for one in (receiver, dotted(argument)) if one and STAND_IN not in one)
        url = asked(_url(argument, module))
        if url is not None:
            return url, carriers
    return None, ()


def _url(node: ast.expr, module: Module) -> str:
    """The URL that an argument is, or that the request has that it is."""
    wanted = module.resolved(node)
    if isinstance(wanted, ast.Call) and dotted(wanted.func).rpartition(".")[2] in _WRAPPED:
        first = [*wanted.args, *(one.value for one in wanted.keywords if one.arg in ("url", "fullurl"))]
        return module.value(first[0]) if first else STAND_IN
    return module.value(node)


def _is_connection(node: ast.Call, module: Module) -> bool:
    """Whether a method is of a connection to IMDS: ``HTTPConnection("169.254.169.254").request``."""
    if not isinstance(node.func, ast.Attribute):
        return False
    made = module.resolved(node.func.value)
    if not isinstance(made, ast.Call) or dotted(made.func).rpartition(".")[2] not in _CONNECTIONS or not made.args:
        return False
    return re.sub(r":\d+\Z", "", module.value(made.args[0])).strip("[]").lower() in HOSTS


def _through_functions(module: Module) -> Iterator[_Asks]:
    """Calls of functions that request what they are given, and put no token to it."""
    handing: dict[str, str] = {}
    for node in module.calls:
        within = module.function_at(module.place(node))
        name = dotted(node.func)
        if within is None or name.rpartition(".")[2] not in _REQUESTS or module.carries(module.place(node)):
            continue
        names = {one.id for argument in node.args[:2] for one in _few(argument) if isinstance(one, ast.Name)}
        careful = _unknown_headers(_Asks(node, name, ""), module) or module.carries(within.place)
        if names & within.parameters and not careful:
            handing[within.name] = name
    for node in module.calls if handing else ():
        called = dotted(node.func).rpartition(".")[2]
        if called in handing and called not in _REQUESTS:
            given = [*node.args, *(one.value for one in node.keywords)]
            path = next((path for path in (asked(_url(one, module)) for one in given) if path is not None), None)
            if path is not None:
                yield _Asks(node, handing[called], path, note=f"through {called}")


def _few(node: ast.expr) -> Iterator[ast.AST]:
    for _, one in zip(range(30), ast.walk(node), strict=False):
        yield one


def _is_careful(one: _Asks, module: Module) -> bool:
    place = module.place(one.node)
    if module.carries(place) or any(name in module.carrying for name in one.carriers):
        return True
    if "install_opener" in module.names and any(map(names_token, module.strings)):
        return True
    start, end = module.offsets(one.node)
    return is_of_another_cloud(module.text[start:end]) or module.falls_back(place)


def _unknown_headers(one: _Asks, module: Module) -> str:
    """Why it is not known with which headers a request asks."""
    for keyword in one.node.keywords:
        if keyword.arg == "headers" and isinstance(keyword.value, ast.Name):
            name = keyword.value.id
            if not module.is_assigned(name, module.place(one.node)):
                return f"the headers in {name} with which {one.program} asks IMDS are not known"
    return ""


def _inner(part: Part, module: Module) -> Iterator[Part]:
    """The commands that are handed to a shell."""
    known = {one.name for one in module.functions}
    runners = set(_runners(module))
    for node in module.calls:
        name = dotted(node.func).rpartition(".")[2]
        if not node.args:
            continue
        given = module.resolved(_unsplit(node.args[0]))
        command = module.resolved(_of_shell(given, module))
        value = module.value(command)
        runs = name in _SHELLS or name in runners
        if isinstance(command, ast.List | ast.Tuple) or not is_of_interest(value):
            continue
        if runs or (name not in known and not _QUIET.fullmatch(name) and _is_command(value)):
            by = "" if command is not given or _starts_shell(node) else "Python"
            yield Part(_text(part.text, command, value, module), Language.SHELL, part.what, by=by)


def _starts_shell(node: ast.Call) -> bool:
    """Whether a command is handed to a shell as it is."""
    told = any(one.arg == "shell" and isinstance(one.value, ast.Constant) and one.value.value for one in node.keywords)
    always = dotted(node.func).rpartition(".")[2] in _ALWAYS
    return (told or always) and _unsplit(node.args[0]) is node.args[0]


def _runners(module: Module) -> Iterator[str]:
    """The functions of a script that hand what they are given to a shell."""
    for node in module.calls:
        if dotted(node.func).rpartition(".")[2] in _SHELLS and node.args:
            within = module.function_at(module.place(node))
            handed = _unsplit(node.args[0])
            if within is not None and isinstance(handed, ast.Name) and handed.id in within.parameters:
                yield within.name


def _is_command(value: str) -> bool:
    """Whether a string is plainly a command line, whoever runs it."""
    words = value.split(None, 50)
    return bool(words) and words[0] in _CLIENTS and any(asked(word.strip("\"'")) is not None for word in words[1:])


def _unsplit(node: ast.expr) -> ast.expr:
    """The command that is split into words: ``shlex.split(command)``, ``command.split()``."""
    if isinstance(node, ast.Call) and dotted(node.func).endswith("split"):
        if node.args and dotted(node.func).startswith("shlex"):
            return node.args[0]
        if isinstance(node.func, ast.Attribute):
            return node.func.value
    return node


def _of_shell(node: ast.expr, module: Module) -> ast.expr:
    """The script of ``["bash", "-c", script]``; anything else as it is."""
    if isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 2:
        shell, option = (module.value(one) for one in node.elts[:2])
        if shell.rpartition("/")[2] in ("sh", "bash", "dash", "ksh", "zsh") and re.fullmatch("-[a-z]*c", option):
            return node.elts[2]
    return node


def _text(outer: Text, node: ast.expr, value: str, module: Module) -> Text:
    """A string of a script as a text of its own; with places, where it is written as it is."""
    start, end = module.offsets(node)
    written = outer.content[start:end]
    found = re.fullmatch(r"([rR]?)(\"\"\"|'''|\"|')(.*)\2", written, re.DOTALL)
    if found and found[3] == value:
        inner = outer.part(start + found.start(3), start + found.end(3))
        return Text(value, tuple(piece.inside((_InString(found[1], found[2]),)) for piece in inner.pieces))
    words = re.split(f"({re.escape(STAND_IN)})", value)
    place = outer.span(start, end)
    made = (
        texts.unknown(place, "what Python puts into the command is not known")
        if word == STAND_IN
        else texts.made(word, place)
        for word in words
        if word
    )
    return texts.joined(made)


class _InString(NamedTuple):
    """Spells a text in a string with a prefix and quotes, if Python reads that there."""

    prefix: str
    quote: str

    def __call__(self, text: str) -> str | None:
        escaped = text if self.prefix else re.sub(rf"[\\{self.quote[0]}]", r"\\\g<0>", text)
        try:
            read = ast.literal_eval(f"{self.prefix}{self.quote}{escaped}{self.quote}")
        except (SyntaxError, ValueError):
            return None
        return escaped if read == text else None
