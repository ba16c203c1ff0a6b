"""What else a value decides, as a fix tells it, and what else would mend a finding."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Applicability, Edit, Fix
from tests.support import linted

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


def options(tokens: str) -> str:
    return f'\n  metadata_options {{\n    http_endpoint = "enabled"\n    http_tokens   = {tokens}\n  }}\n'


def instance(name: str, tokens: str, more: str = "") -> str:
    return f'resource "aws_instance" "{name}" {{\n{more}{options(tokens)}}}\n'


LOCAL = 'locals {\n  t = "optional"\n}\n' + instance("a", "local.t")
DEFAULT = 'variable "t" {\n  default = "optional"\n}\n' + instance("a", "var.t")
OBJECT = 'locals {\n  o = { t = "optional", n = "web" }\n}\n' + instance("a", "local.o.t")
MODULE = {"m/main.tf": DEFAULT}
CALLED = 'module "a" {\n  source = "./m"\n  t      = "optional"\n}\n'
JSON = (
    '{"locals": {"t": "optional"}, "resource": {"aws_instance": {"a": {"metadata_options":'
    ' {"http_endpoint": "enabled", "http_tokens": "${local.t}"}}}}}\n'
)


TYPED = 'variable "o" {\n  type    = object({ t = optional(string, "optional"), n = optional(string, "x") })\n  default = {}\n}\n'


def only_fix(files: dict[str, str]) -> Fix:
    """The fix of aws_instance.a."""
    (finding,) = [found for found in linted(files).findings if "aws_instance.a" in found.affected[0]]
    assert finding.fix is not None, finding.fix_unavailable
    return finding.fix


ALONE = {
    "a local": {"main.tf": LOCAL},
    "a local of the JSON syntax": {"main.tf.json": JSON},
    "a name in a comment": {"main.tf": LOCAL, "other.tf": '# local.t\nlocals {\n  u = "local.t"\n}\n'},
    "a name that begins alike": {"main.tf": LOCAL, "other.tf": 'output "t" {\n  value = local.tt\n}\n'},
    "another member": {"main.tf": OBJECT, "other.tf": 'output "n" {\n  value = local.o.n\n}\n'},
    "another member by a key": {"main.tf": OBJECT, "other.tf": 'output "n" {\n  value = local.o["n"]\n}\n'},
    "a local that nothing takes": {"main.tf": LOCAL, "other.tf": "locals {\n  u = local.t\n}\n"},
    "a local of another module": {
        "main.tf": LOCAL + 'module "m" {\n  source = "./m"\n}\n',
        "m/main.tf": 'output "t" {\n  value = local.t\n}\n',
    },
    "an argument of a call": {"main.tf": CALLED, **MODULE},
    "an argument that is validated": {
        "main.tf": CALLED,
        "m/main.tf": DEFAULT.replace('"optional"\n', '"optional"\n  validation {\n    condition = var.t != ""\n  }\n'),
    },
    "an output of a child that nothing takes": {
        "main.tf": CALLED,
        "m/main.tf": DEFAULT + 'output "t" {\n  value = var.t\n}\n',
    },
}


@pytest.mark.parametrize("case", ALONE)
def test_what_nothing_else_uses_is_safe_to_change(case: str) -> None:
    fix = only_fix(ALONE[case])
    assert (fix.applicability, fix.note, fix.alternatives) == (SAFE, "", ())


_HERE = "though nothing else here does"
SHARED = {
    "a default that nothing else uses": (
        {"main.tf": DEFAULT},
        f"others may use the default of var.t, {_HERE}",
    ),
    "a line of a variable file": (
        {"main.tf": DEFAULT, "terraform.tfvars": 't = "optional"\n'},
        f"others may use var.t in terraform.tfvars, {_HERE}",
    ),
    "an optional attribute": (
        {
            "main.tf": 'variable "o" {\n  type    = object({ t = optional(string, "optional") })\n  default = {}\n}\n'
            + instance("a", "var.o.t")
        },
        f"others may use the optional() default of t in the type of var.o, {_HERE}",
    ),
    "another member of the type": (
        {"main.tf": TYPED + instance("a", "var.o.t"), "n.tf": 'output "n" {\n  value = var.o.n\n}\n'},
        f"others may use the optional() default of t in the type of var.o, {_HERE}",
    ),
    "the same member of the type": (
        {"main.tf": TYPED + instance("a", "var.o.t"), "n.tf": 'output "n" {\n  value = var.o.t\n}\n'},
        "the optional() default of t in the type of var.o also decides the output n in n.tf:2",
    ),
    "another member of the elements of a type": (
        {
            "main.tf": TYPED.replace("object(", "map(object(").replace(") })", ") }))").replace("{}", "{ a = {} }")
            + instance("a", 'var.o["a"].t'),
            "n.tf": 'output "n" {\n  value = var.o["b"].n\n}\noutput "t" {\n  value = var.o["b"].t\n}\n',
        },
        "the optional() default of t in the type of var.o also decides the output t in n.tf:5",
    ),
    "one line twice": (
        {"main.tf": LOCAL, "other.tf": 'output "t" {\n  value = local.t == null ? "" : local.t\n}\n'},
        "local.t also decides the output t in other.tf:2",
    ),
    "a member of an element": (
        {
            "main.tf": 'variable "h" {\n  default = { "c 1" = { t = "required" } }\n}\n'
            + instance("a", 'var.h["c 1"].t'),
            "terraform.tfvars": 'h = { "c 1" = { t = "optional" } }\n',
        },
        f'others may use var.h["c 1"].t in terraform.tfvars, {_HERE}',
    ),
    "an item of a default": (
        {"main.tf": 'variable "l" {\n  default = ["optional"]\n}\n' + instance("a", "var.l[0]")},
        f"others may use var.l[0] in its default, {_HERE}",
    ),
    "another resource": (
        {"main.tf": LOCAL, "other.tf": instance("b", "local.t")},
        "local.t also decides aws_instance.b's metadata_options in other.tf:5",
    ),
    "another argument of the resource": (
        {"main.tf": LOCAL.replace("\n  metadata", "  tags = { t = local.t }\n\n  metadata")},
        "local.t also decides aws_instance.a's tags in main.tf:5",
    ),
    "two by name": (
        {"main.tf": LOCAL, "b.tf": instance("b", "local.t"), "c.tf": 'output "t" {\n  value = local.t\n}\n'},
        "local.t also decides aws_instance.b's metadata_options in b.tf:5 and the output t in c.tf:2",
    ),
    "three by name, and more": (
        {"main.tf": LOCAL, "o.tf": "".join(f'output "o{n}" {{\n  value = local.t\n}}\n' for n in range(5))},
        "local.t also decides the output o0 in o.tf:2, the output o1 in o.tf:5, the output o2 in o.tf:8 and 2 more",
    ),
    "more than are counted": (
        {"main.tf": LOCAL, "o.tf": "".join(f'output "o{n}" {{\n  value = local.t\n}}\n' for n in range(50))},
        "local.t also decides the output o0 in o.tf:2, the output o1 in o.tf:5, the output o2 in o.tf:8 and many more",
    ),
    "through another local": (
        {"main.tf": LOCAL, "other.tf": 'locals {\n  u = local.t\n}\noutput "u" {\n  value = local.u\n}\n'},
        "local.t also decides the output u in other.tf:5",
    ),
    "the whole object": (
        {"main.tf": OBJECT, "other.tf": 'output "o" {\n  value = local.o\n}\n'},
        "local.o.t also decides the output o in other.tf:2",
    ),
    "a member that only a value tells": (
        {"main.tf": OBJECT, "other.tf": 'output "o" {\n  value = local.o[var.k]\n}\nvariable "k" {}\n'},
        "local.o.t also decides the output o in other.tf:2",
    ),
    "a dynamic block, a template and a for": (
        {
            "main.tf": LOCAL,
            "s.tf": 'resource "aws_security_group" "s" {\n  name = "x-${local.t}"\n  dynamic "ingress" {\n'
            "    for_each = [for one in [1] : local.t]\n    content {}\n  }\n}\n",
        },
        "local.t also decides aws_security_group.s's name in s.tf:2 and aws_security_group.s's ingress in s.tf:4",
    ),
    "the argument of another call": (
        {"main.tf": LOCAL, "c.tf": 'module "c" {\n  source = "./c"\n  t = local.t\n}\n', "c/c.tf": 'variable "t" {}\n'},
        "local.t also decides module.c's t in c.tf:3",
    ),
    "another resource of the module that is called": (
        {"main.tf": CALLED, "m/main.tf": DEFAULT + instance("b", "var.t")},
        "the argument t of module.a also decides aws_instance.b's metadata_options in m/main.tf:15",
    ),
    "an output of the module that is called": (
        {
            "main.tf": CALLED + 'output "t" {\n  value = module.a.t\n}\n',
            "m/main.tf": DEFAULT + 'output "t" {\n  value = var.t\n}\n',
        },
        "the argument t of module.a also decides the output t in main.tf:6",
    ),
    "the whole module that is called": (
        {
            "main.tf": CALLED + 'output "all" {\n  value = module.a\n}\n',
            "m/main.tf": DEFAULT + 'output "t" {\n  value = var.t\n}\n',
        },
        "the argument t of module.a also decides the output all in main.tf:6",
    ),
    "one instance of a call, which may give any output": (
        {
            "main.tf": CALLED.replace("source", "count  = 1\n  source") + 'output "all" {\n  value = module.a[0]\n}\n',
            "m/main.tf": DEFAULT + 'output "t" {\n  value = var.t\n}\n',
        },
        "the argument t of module.a[0] also decides the output all in main.tf:7",
    ),
    "what a splat, an index or a filter goes over": (
        {
            "main.tf": LOCAL,
            "o.tf": 'output "s" {\n  value = tolist([local.t])[*]\n}\noutput "i" {\n  value = tolist([local.t])[0]\n}\n'
            'output "f" {\n  value = [for one in [1] : one if local.t != ""]\n}\n',
        },
        "local.t also decides the output s in o.tf:2, the output i in o.tf:5 and the output f in o.tf:8",
    ),
    "an expression too deep to be read": (
        {"main.tf": LOCAL, "o.tf": f'output "o" {{\n  value = {"(" * 300}local.t{")" * 300}\n}}\n'},
        "local.t also decides the output o in o.tf:2",
    ),
    "JSON": (
        {"main.tf.json": JSON, "o.tf.json": '{"output": {"t": {\n"value": "${local.t}"}}}\n'},
        "local.t also decides the output t in o.tf.json:2",
    ),
    "a file that cannot be read": (
        {"main.tf": LOCAL, "broken.tf": 'output "x" {\n  value = local.t\n}}\n'},
        "other code may use local.t",
    ),
}


@pytest.mark.parametrize("case", SHARED)
def test_what_else_a_value_decides_is_told_by_name(case: str) -> None:
    files, note = SHARED[case]
    fix = only_fix(files)
    assert (fix.applicability, fix.note) == (UNSAFE, note)


def test_who_shares_a_value_is_a_related_place() -> None:
    files = {"main.tf": LOCAL, "other.tf": 'output "t" {\n  value = local.t\n}\n'}
    (finding,) = linted(files).findings
    assert [(one.span.path, one.message) for one in finding.related] == [
        ("main.tf", "local.t"),
        ("other.tf", "also decided by local.t"),
    ]


def told(files: dict[str, str], fix: Fix) -> tuple[str, Applicability, list[str]]:
    """A fix as its message, and each line that it changes as it is afterwards."""
    edits = fix.edits
    return fix.message, fix.applicability, [_line(files[edit.span.path], edit) for edit in edits]


def _line(text: str, edit: Edit) -> str:
    after = text[: edit.span.start] + edit.content + text[edit.span.end :]
    begin = after.rfind("\n", 0, edit.span.start + 1) + 1
    return after[begin:].lstrip("\n").splitlines()[0].strip()


SWITCH = 'variable "s" {{\n  type = bool\n  default = {}\n}}\n'
ALTERNATIVES = {
    "a switch that others may use: the value that is taken is safer": (
        {"main.tf": SWITCH.format("false") + instance("a", 'var.s ? "required" : "optional"')},
        [
            ('set the value in http_tokens to "required"', SAFE, ['http_tokens   = "required"']),
            ("set the default of var.s to true", UNSAFE, ["default = true"]),
        ],
    ),
    "a switch the other way round": (
        {"main.tf": SWITCH.format("true") + instance("a", 'var.s ? "optional" : "required"')},
        [
            ('set the value in http_tokens to "required"', SAFE, ['http_tokens   = "required"']),
            ("set the default of var.s to false", UNSAFE, ["default = false"]),
        ],
    ),
    "a switch that nothing else uses keeps the condition of use": (
        {"main.tf": "locals {\n  s = false\n}\n" + instance("a", 'local.s ? "required" : "optional"')},
        [
            ("set local.s to true", SAFE, ["s = true"]),
            ('set the value in http_tokens to "required"', SAFE, ['http_tokens   = "required"']),
        ],
    ),
    "a switch that gives nothing better": (
        {"main.tf": SWITCH.format("false") + instance("a", 'var.s ? null : "optional"')},
        [('set the value in http_tokens to "required"', SAFE, ['http_tokens   = var.s ? null : "required"'])],
    ),
    "a default of the root module": (
        {"main.tf": DEFAULT},
        [
            ('set the default of var.t to "required"', UNSAFE, ['default = "required"']),
            ('set http_tokens to "required" on aws_instance.a itself', SAFE, ['http_tokens   = "required"']),
        ],
    ),
    "a default that every call leaves to decide": (
        {"main.tf": 'module "a" {\n  source = "./m"\n}\n', **MODULE},
        [
            ('set the default of var.t to "required"', UNSAFE, ['default = "required"']),
            ('pass t = "required" to module.a', SAFE, ['t      = "required"']),
            ('set http_tokens to "required" on module.a.aws_instance.a itself', SAFE, ['http_tokens   = "required"']),
        ],
    ),
    "a default that one call of two leaves to decide": (
        {
            "main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n  t = "required"\n}\n',
            **MODULE,
        },
        [
            ('pass t = "required" to module.a', SAFE, ['t      = "required"']),
            ('set the default of var.t to "required"', UNSAFE, ['default = "required"']),
            ('set http_tokens to "required" on module.a.aws_instance.a itself', SAFE, ['http_tokens   = "required"']),
        ],
    ),
    "a block that a switch leaves out": (
        {
            "main.tf": 'locals {\n  s = false\n}\nresource "aws_instance" "a" {\n  dynamic "metadata_options" {\n'
            '    for_each = local.s ? [1] : []\n    content {\n      http_tokens = "required"\n    }\n  }\n}\n'
        },
        [
            ("set local.s to true", SAFE, ["s = true"]),
            ('set http_endpoint to "enabled" and http_tokens to "required"', SAFE, ["metadata_options {"]),
        ],
    ),
}


@pytest.mark.parametrize("case", ALTERNATIVES)
def test_the_safer_place_is_changed_and_others_are_offered(case: str) -> None:
    files, expected = ALTERNATIVES[case]
    fix = only_fix(files)
    assert [told(files, one) for one in (fix, *fix.alternatives)] == expected


def test_an_argument_that_goes_to_two_resources_is_not_safe_to_pass() -> None:
    call = 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n  t = "required"\n}\n'
    fix = only_fix(
        {"main.tf": call, "m/main.tf": DEFAULT + 'output "t" {\n  value = var.t\n}\n' + instance("b", "var.t")}
    )
    assert (fix.applicability, fix.message) == (UNSAFE, 'pass t = "required" to module.a')
    assert fix.note == "the argument t of module.a also decides aws_instance.b's metadata_options in m/main.tf:18"


CHAIN = "locals {{\n{}  s{} = []\n}}\n"
DEEP = f"false ? {'(' * 300}var.x{')' * 300} : []"


def chain(length: int) -> str:
    return CHAIN.format("".join(f"  s{number} = local.s{number + 1}\n" for number in range(length)), length)


@pytest.mark.parametrize(
    ("each", "before", "left_to", "why"),
    [
        ("[]", "", "", "nothing, whatever happens"),
        ("local.s0", chain(20), "", "nothing, through locals"),
        ("local.s0", chain(60), "local.s50", "so many locals are not followed"),
        ("var.x", 'variable "x" {\n  default = []\n}\n', "var.x", "whoever calls it may give some"),
        (DEEP, "", "an expression that is nested too deeply", "what is not read may decide"),
        ("[for one in [] : one if var.x]", "", "var.x and one", "a filter is part of it"),
    ],
)
def test_a_block_is_written_only_where_none_is_ever_generated(each: str, before: str, left_to: str, why: str) -> None:
    generated = (
        f'  dynamic "metadata_options" {{\n    for_each = {each}\n    content {{\n      http_tokens = "optional"\n'
    )
    files = {"main.tf": f'{before}resource "aws_instance" "a" {{\n{generated}    }}\n  }}\n}}\n'}
    (finding,) = linted(files).findings
    reason = f"metadata_options is left to {left_to}, which has none here: let it hold one that requires tokens"
    assert finding.fix_unavailable == (reason if left_to else ""), why
    written = [edit.content.strip() for edit in finding.fix.edits] if finding.fix else []
    assert written == ([] if left_to else [options('"required"').strip()]), why
