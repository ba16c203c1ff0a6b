"""What asks IMDS without a token in the languages that are read by patterns."""

from __future__ import annotations

import pytest

from iac_imds_lint.script import Language
from tests.bootscript.growth import Make, grows
from tests.bootscript.looking import asked, found, looked

URL = "http://169.254.169.254/latest"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("Ruby", f"require 'net/http'\nid = Net::HTTP.get(URI.parse('{URL}/user-data'))", "latest/user-data"),
        ("Ruby, a host and a path", "Net::HTTP.get('169.254.169.254', '/latest/user-data')", "latest/user-data"),
        ("Ruby, open-uri", f"id = open('{URL}/user-data').read", "latest/user-data"),
        ("Ruby, a base", f'base = "{URL}/"\nputs URI.open(base + "user-data").read', "latest/user-data"),
        ("Ruby, put into a string", f"base = '{URL}'\nopen(\"#{{base}}/user-data\").read", "latest/user-data"),
        ("Ruby, a request by parts", f"url = URI.parse('{URL}/user-data')\nNet::HTTP.start(url.host, url.port) {{ |h| h }}", "latest/user-data"),
        ("Perl", f"use LWP::Simple;\nmy $id = get('{URL}/user-data');", "latest/user-data"),
        ("Perl without parentheses", f'use LWP::Simple;\nmy $id = get "{URL}/user-data";', "latest/user-data"),
        ("Perl, an agent", f'my $r = $ua->get("{URL}/meta-data/$x");', "latest/meta-data"),
        ("Perl, put together", f"my $b = '{URL}';\nmy $r = HTTP::Tiny->new->get($b . '/user-data');", "latest/user-data"),
        ("node", f"http.get('{URL}/user-data', (res) => {{ }});", "latest/user-data"),
        ("node, options", "http.request({ host: '169.254.169.254', path: '/latest/user-data' }, done)", "latest/user-data"),
        ("node, fetch", f"const b = '{URL}';\nconst r = await fetch(`${{b}}/user-data`);", "latest/user-data"),
        ("node, axios", f"const {{ data }} = await axios.get('{URL}/user-data')", "latest/user-data"),
        ("Go", f'resp, err := http.Get("{URL}/meta-data" + path)', "latest/meta-data"),
        ("Go, a request", f'req, _ := http.NewRequest("GET", "{URL}/user-data", nil)', "latest/user-data"),
        ("PHP", f"$id = file_get_contents('{URL}/user-data');", "latest/user-data"),
        ("PHP, curl", f"$c = curl_init();\ncurl_setopt($c, CURLOPT_URL, '{URL}/user-data');", "latest/user-data"),
        ("Java", f'URL u = new URL("{URL}/user-data");', "latest/user-data"),
    ],
)  # fmt: skip
def test_what_asks_without_a_token(why: str, script: str, expected: str) -> None:
    assert asked(script, Language.OTHER) == [expected], why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("node, with the header", f"fetch('{URL}/user-data', {{ headers: {{ 'X-aws-ec2-metadata-token': t }} }})"),
        ("Ruby, with the header", f"u = URI('{URL}/user-data')\nr = Net::HTTP::Get.new(u)\nr['X-aws-ec2-metadata-token'] = t\nNet::HTTP.start(u.host) {{ |h| h.request(r) }}"),
        ("Go, with the header", f'r, _ := http.NewRequest("GET", "{URL}/user-data", nil)\nr.Header.Set("X-aws-ec2-metadata-token", t)'),
        ("PHP, the token", f"curl_setopt($c, CURLOPT_URL, '{URL}/api/token');"),
        ("a comment of Ruby", f"# open('{URL}/user-data')"),
        ("a comment of JavaScript", f"// http.get('{URL}/user-data')"),
        ("a comment of lines", f"/*\nhttp.get('{URL}/user-data')\n*/"),
        ("a string that is shown", f"puts 'see {URL}/user-data'"),
        ("a request in a string", f"puts \"http.get('{URL}/user-data')\""),
        ("a request of another", f"url = '{URL}/user-data'\nhttp.get('http://example.com/')"),
        ("Azure", "http.get('http://169.254.169.254/metadata/instance', { headers: { 'Metadata': 'true' } })"),
        ("Google", "http.get('http://169.254.169.254/computeMetadata/v1/', { headers: { 'Metadata-Flavor': 'Google' } })"),
        ("the credentials of ECS", "http.get('http://169.254.170.2/v2/metadata') // not 169.254.169.254"),
        ("a list of no proxies", "ENV['no_proxy'] = '169.254.169.254,localhost'"),
        ("a file with its name", "open('/etc/instance-data').read"),
        ("the SDK", "const m = new AWS.MetadataService({ host: '169.254.169.254' })"),
    ],
)  # fmt: skip
def test_what_asks_with_a_token_or_nobody(why: str, script: str) -> None:
    assert asked(script, Language.OTHER) == [], why
    assert looked(script, Language.OTHER).unseen == (), why


def test_a_call_far_from_the_header_is_not_decided() -> None:
    lines = "x = 1;\n" * 30
    script = f"const n = 'X-aws-ec2-metadata-token';\n{lines}http.get('{URL}/user-data', done);\n{lines}"
    looks = looked(script, Language.OTHER)
    assert looks.calls == ()
    assert [one.reason for one in looks.unseen] == [
        "whether http.get asks IMDS with the token that the script names is not known"
    ]
    span = looks.unseen[0].span
    assert script[span.start : span.end] == f"http.get('{URL}/user-data', done)"


def test_a_call_is_the_whole_call() -> None:
    script = f"my $id = get('{URL}/user-data') || die;"
    assert found(script, Language.OTHER) == [(f"get('{URL}/user-data')", "get", "latest/user-data", "")]


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("backticks", f"id = `curl -s {URL}/user-data`"),
        ("a function", f'system("curl -s {URL}/user-data")'),
        ("of PHP", f"$id = shell_exec('curl -s {URL}/user-data');"),
        ("of node", f"execSync('curl -s {URL}/user-data')"),
    ],
)
def test_what_is_handed_to_a_shell_is_a_shell_script(why: str, script: str) -> None:
    parts = looked(script, Language.OTHER).parts
    assert [(part.language, part.text.content) for part in parts] == [(Language.SHELL, f"curl -s {URL}/user-data")], why


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("many requests of something", lambda n: "open(" * n, 2_000),
        ("many calls", lambda n: f"http.get('{URL}/user-data')\n" * n, 300),
        ("quotes that nothing ends", lambda n: "'x\n" * n, 10_000),
        ("a quote that nothing ends", lambda n: "`" + "\\`x" * n, 20_000),
        ("one long line of blanks", lambda n: "get" + " " * n, 50_000),
        ("names of names", lambda n: "a = b\n" * 5 * n + "open(a)\n" * n, 500),
        ("one long sum", lambda n: f"a = '{URL}'" + " + a" * n + "\nopen(a)", 10_000),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(lambda script: looked(f"# {URL}\n{script}", Language.OTHER), make, size), why
