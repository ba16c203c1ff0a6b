"""Following a script: lists, branches, loops, functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import tree_sitter

from iac_imds_lint.bootscript.shell import commands, files, tokens
from iac_imds_lint.bootscript.shell.state import DEEPEST, Ran, Reads, State, Stdin
from iac_imds_lint.bootscript.shell.tree import below
from iac_imds_lint.bootscript.shell.values import HIDDEN, UNKNOWN, Key, Value, Values, joined, united
from iac_imds_lint.bootscript.shell.variables import Changes, elements, listed
from iac_imds_lint.bootscript.shell.words import WORDS, arguments, evaluate

_WORDS_OF_TESTS = WORDS - {"test_operator"}
_ASSIGNMENTS = frozenset({"variable_assignment", "declaration_command", "variable_assignments", "unset_command"})
_READ_ONLY = frozenset({"test_command", "heredoc_body", *files.REDIRECTS})
_COMMANDS = frozenset({"command", "variable_assignment", "declaration_command"})


def execute(state: State, node: tree_sitter.Node) -> Ran:
    """Follow one statement."""
    if state.depth > DEEPEST:
        return _flat(state, node)
    state.depth += 1
    try:
        return _execute(state, node)
    finally:
        state.depth -= 1


def run(state: State, nodes: Sequence[tree_sitter.Node]) -> Ran:
    """Follow statements, one after the other."""
    since: int | None = None
    jumps = False
    for node in nodes:
        ran = execute(state, node)
        if ran.without and since is None:
            since = len(state.events)
        jumps = jumps or ran.jumps
    if since is not None:
        state.excuse(since)
    return Ran(jumps)


def _execute(state: State, node: tree_sitter.Node) -> Ran:
    follow = _FOLLOWS.get(node.type)
    if follow is not None:
        return follow(state, node)
    if node.type in _ASSIGNMENTS:
        assign(state, node)
    elif node.type in _WORDS_OF_TESTS:
        evaluate(state, node)
    elif node.type in _READ_ONLY or (node.children and node.children[0].type == "(("):
        _words(state, node)
    else:
        return run(state, node.named_children)
    return Ran()


def _negated(state: State, node: tree_sitter.Node) -> Ran:
    run(state, node.named_children)
    return Ran()


def _function(state: State, node: tree_sitter.Node) -> Ran:
    state.functions[state.tree.text(node.named_children[0])] = node
    return Ran()


def _comment(_state: State, _node: tree_sitter.Node) -> Ran:
    return Ran()


def _flat(state: State, node: tree_sitter.Node) -> Ran:
    """Follow the commands in a node that is nested too deep for anything but the order in which they stand."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type in _COMMANDS:
            depth, state.depth = state.depth, DEEPEST + 1
            commands.simple(state, one) if one.type == "command" else assign(state, one)
            state.depth = depth
        stack.extend(reversed(one.named_children))
    return Ran()


def _words(state: State, node: tree_sitter.Node) -> None:
    for one in below(node, _WORDS_OF_TESTS):
        evaluate(state, one)


def assign(state: State, node: tree_sitter.Node) -> None:
    """Follow assignments, with or without export, local, declare or readonly."""
    if node.type == "variable_assignment":
        _assign_one(state, node)
    elif node.type == "unset_command":
        for one in node.named_children:
            state.variables.put(state.tree.text(one), None)
    else:
        for one in node.named_children:
            if one.type == "variable_assignment":
                _assign_one(state, one)
        _export(state, node)


def _export(state: State, node: tree_sitter.Node) -> None:
    words = node.children
    options = (state.tree.text(one) for one in words[1:2])
    if words[0].type == "export" or any(re.fullmatch(r"-\w*x\w*", one) for one in options):
        names = (one.children[0] if one.type == "variable_assignment" else one for one in words)
        state.exported.update(state.tree.text(one) for one in names if one.type == "variable_name")


def _assign_one(state: State, node: tree_sitter.Node) -> None:
    target, right = node.children[0], node.named_children[1:]
    added = any(one.type == "+=" for one in node.children)
    mark = len(state.events)
    if target.type == "subscript":
        name = state.tree.text(target.children[0])
        state.variables.append(name, [evaluate(state, right[-1]) if right else ()])
    elif right and right[0].type == "array":
        name = state.tree.text(target)
        some = [_element(one.values) for each in right[0].named_children for one in arguments(state, each)]
        state.variables.append(name, some) if added else state.variables.put(name, listed(some))
    else:
        name = state.tree.text(target)
        values: Values = (Value(""),)
        for one in right:
            values = joined(values, evaluate(state, one))
        if added:
            values = joined(state.variables.values(name) or (Value(""),), values)
        state.variables.set(name, _guarded(state, values))
    state.last = commands.outcome(state, mark)


def _element(values: Values) -> Values:
    """An element of an array, without the key that is written before it."""
    return tuple(one._replace(text=re.sub(r"^\[[^\]]*\]=", "", one.text)) for one in values)


def _guarded(state: State, values: Values) -> Values:
    """A word that is set where there is a token, or where there is none, tells which."""
    if not state.guards:
        return values
    return tuple(one._replace(token=2) if HIDDEN not in one.text and not one.telling else one for one in values)


def _branch(state: State, nodes: Sequence[tree_sitter.Node], without: bool, guarded: bool) -> tuple[Changes, Ran]:
    mark, events = state.variables.mark(), len(state.events)
    state.guards += guarded
    ran = run(state, nodes)
    state.guards -= guarded
    if without:
        state.excuse(events)
    return state.variables.undone(mark), ran


def _if(state: State, node: tree_sitter.Node) -> Ran:
    branches: list[Changes] = []
    start, without, guarded, after = len(state.events), False, False, False
    asked: set[Key] = set()
    marks: list[int] = []
    total = 0
    jumps: list[bool] = []
    for clause in _clauses(node):
        found = None
        if clause.conditions:
            run(state, clause.conditions[:-1])
            found = tokens.condition(state, clause.conditions[-1])
            if without:
                state.excuse(found.mark)
            total += 1
            asked |= found.asked
            guarded = guarded or found.when is not tokens.When.NOTHING
        mark = len(state.events)
        marks.append(mark)
        changes, ran = _branch(state, clause.body, without or bool(found and found.without), guarded)
        branches.append(changes)
        jumps.append(ran.jumps)
        after = after or bool(found and tokens.follow(state, found, ran.jumps, mark))
        without = without or bool(found and found.otherwise)
    if len(branches) == total:
        branches.append({})
        jumps.append(False)
    tokens.settle(state, asked, start, marks)
    left = [one for one, jump in zip(branches, jumps, strict=True) if not jump]
    state.variables.merge(left or branches)
    return Ran(all(jumps), after)


class _Clause:
    """A branch of an if, and what decides on it."""

    def __init__(self) -> None:
        self.conditions: list[tree_sitter.Node] = []
        self.body: list[tree_sitter.Node] = []


def _clauses(node: tree_sitter.Node) -> list[_Clause]:
    found = [_clause(node)]
    found += (_clause(one) for one in node.named_children if one.type in ("elif_clause", "else_clause"))
    return found


def _clause(node: tree_sitter.Node) -> _Clause:
    clause = _Clause()
    into = clause.body if node.type == "else_clause" else clause.conditions
    for one in node.children:
        if one.type == "then":
            into = clause.body
        elif one.is_named and one.type not in ("elif_clause", "else_clause", "comment"):
            into.append(one)
    return clause


def _chain(state: State, node: tree_sitter.Node) -> Ran:
    """Commands that are joined by ``&&`` and ``||``."""
    first, rest = _spine(node)
    start = len(state.events)
    found = tokens.condition(state, first)
    after, has_token = False, found.otherwise
    for operator, one in rest:
        mark = len(state.events)
        following = _after(state, found, one, forked=operator == "||" or first.type == "test_command")
        if found.without if operator == "&&" else has_token:
            state.excuse(mark)
        if operator == "||":
            asked = frozenset(event.key for event in state.events[start:mark]) - state.deaf
            tokens.settle(state, asked | found.asked, mark)
            after = after or (following.ran.jumps and found.when is tokens.When.ABSENT)
        else:
            after = after or tokens.follow(state, found, following.ran.jumps, start)
        has_token = has_token or following.otherwise
        found = following if following.when is not tokens.When.NOTHING else found
    return Ran(without=after)


def _after(state: State, found: tokens.Condition, node: tree_sitter.Node, forked: bool) -> tokens.Condition:
    """Follow what depends on the success or the failure of a command before it."""
    guard = found.when is not tokens.When.NOTHING
    mark = state.variables.mark()
    state.guards += guard
    following = tokens.condition(state, node)
    state.guards -= guard
    if forked and not following.ran.jumps:
        state.variables.merge([state.variables.undone(mark), {}])
    return following


def _spine(node: tree_sitter.Node) -> tuple[tree_sitter.Node, list[tuple[str, tree_sitter.Node]]]:
    rest: list[tuple[str, tree_sitter.Node]] = []
    while node.type == "list" and node.child_count >= 2:
        operator = next((one.type for one in node.children if one.type in ("&&", "||")), "&&")
        named = node.named_children
        if len(named) < 2:
            node = named[0]
            continue
        rest += ((operator, one) for one in reversed(named[1:]))
        node = named[0]
    return node, rest[::-1]


def _pipeline(state: State, node: tree_sitter.Node) -> Ran:
    _stages(state, [one for one in node.named_children if one.type != "comment"], state.stdin)
    return Ran()


def _stages(state: State, stages: Sequence[tree_sitter.Node], stdin: Stdin | None) -> None:
    """Follow the commands of a pipeline, each with what the one before it prints."""
    outer = state.stdin
    for number, stage in enumerate(stages):
        state.stdin = stdin
        if number == len(stages) - 1:
            execute(state, stage)
            break
        fetched, mark = len(state.fetches), len(state.events)
        state.printed.append([])
        piped, state.piped, state.produced = state.piped, True, None
        execute(state, stage)
        state.piped = piped
        state.decided_elsewhere(mark)
        values = united(one for some in state.printed.pop() for one in some)
        fetches = [one for one in state.fetches[fetched:] if one.to == "-"]
        stdin = Stdin(state.produced, values, fetches[-1] if fetches else None)
        if stdin == Stdin() and len(stages) > 1:
            stdin = Stdin(values=UNKNOWN)
    state.stdin = outer


def _redirected(state: State, node: tree_sitter.Node) -> Ran:
    """A command with redirections, and what is written behind the delimiter of a here-document."""
    body = [one for one in node.children if one.type not in files.REDIRECTS]
    redirects = files.redirections(state, node)
    outer = state.stdin, state.targets
    if redirects.stdin is not None:
        state.stdin = redirects.stdin
    state.targets = redirects.targets or state.targets
    files.connections(state, node)
    piped = [one for one in redirects.behind if one.type == "pipeline"]
    stages = [one for one in body if one.is_named]
    if piped and stages:
        flat = [each for one in piped for each in one.named_children]
        first, rest = _spine(flat[0]) if flat and flat[0].type == "list" else (None, [])
        flat = [first, *flat[1:]] if first is not None else flat
        _stages(state, [*stages, *flat], state.stdin)
        ran = run(state, [one for _, one in rest])
    else:
        ran = run(state, stages)
    state.stdin, state.targets = outer
    others = [one for one in redirects.behind if one.type != "pipeline"]
    return run(state, others) if others else ran


def _while(state: State, node: tree_sitter.Node) -> Ran:
    """The condition and the body, each once."""
    body = [one for one in node.named_children if one.type in ("do_group", "compound_statement")]
    first = [one for one in node.named_children if one not in body and one.type != "comment"]
    found = None
    if node.type == "while_statement" and first:
        run(state, first[:-1])
        found = tokens.condition(state, first[-1])
        until = any(one.type == "until" for one in node.children)
        if until:
            found = found._replace(when=tokens.opposite(found.when))
    else:
        for one in first:
            _words(state, one)
    start = len(state.events)
    changes, _ = _branch(state, body, bool(found and found.without), guarded=False)
    state.variables.merge([changes, {}] if changes else [])
    if found:
        tokens.settle(state, found.asked, start)
    return Ran()


def _for(state: State, node: tree_sitter.Node) -> Ran:
    """The body once, with all that the variable may be."""
    named = [one for one in node.named_children if one.type != "comment"]
    name = state.tree.text(named[0]) if named else ""
    words = [one for one in named[1:] if one.type != "do_group"]
    given = [arg for one in words for arg in arguments(state, one)]
    if any(one.type == "in" for one in node.children):
        values = united(_separate(value) for arg in given for value in arg.values)
    else:
        values = united(elements(state.variables.held("@") or ()))
    state.variables.set(name, values or UNKNOWN)
    changes, _ = _branch(state, [one for one in named if one.type == "do_group"], without=False, guarded=False)
    state.variables.merge([changes, {}] if changes else [])
    return Ran()


def _separate(value: Value) -> Value:
    return value._replace(at=None)


def _case(state: State, node: tree_sitter.Node) -> Ran:
    subject = [one for one in node.named_children if one.type not in ("case_item", "comment")]
    before = state.reads
    state.reads = Reads()
    for one in subject:
        evaluate(state, one)
    reads, state.reads = state.reads, before
    depends = reads.token == 2
    branches: list[Changes] = [{}]
    for item in (one for one in node.named_children if one.type == "case_item"):
        changes, _ = _branch(state, _item(item), depends, depends)
        branches.append(changes)
    state.variables.merge(branches)
    return Ran()


def _item(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The commands of a case, without its patterns."""
    closing = next((number for number, one in enumerate(node.children) if one.type == ")"), 0)
    return [one for one in node.children[closing + 1 :] if one.is_named and one.type != "comment"]


_FOLLOWS: dict[str, Callable[[State, tree_sitter.Node], Ran]] = {
    "command": commands.simple,
    "list": _chain,
    "pipeline": _pipeline,
    "redirected_statement": _redirected,
    "if_statement": _if,
    "while_statement": _while,
    "c_style_for_statement": _while,
    "for_statement": _for,
    "case_statement": _case,
    "function_definition": _function,
    "negated_command": _negated,
    "comment": _comment,
}
