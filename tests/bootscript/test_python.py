"""What asks IMDS without a token in Python."""

from __future__ import annotations

import pytest

from iac_imds_lint.script import Language
from tests.bootscript.growth import Make, grows
from tests.bootscript.looking import asked, found, looked

URL = "http://169.254.169.254/latest"
HEADER = "'X-aws-ec2-metadata-token'"
TOKEN = f"t = requests.put('{URL}/api/token', headers={{'X-aws-ec2-metadata-token-ttl-seconds': '60'}}).text\n"
WITH = f"requests.get('{URL}/user-data', headers={{{HEADER}: t}})"
WITHOUT = f"requests.get('{URL}/user-data')"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("urllib", f"import urllib.request\nurllib.request.urlopen('{URL}/user-data').read()", ["latest/user-data"]),
        ("urllib2", f"import urllib2\nurllib2.urlopen('{URL}/user-data', timeout=2)", ["latest/user-data"]),
        ("urlretrieve", f"urllib.urlretrieve('{URL}/user-data', '/tmp/x')", ["latest/user-data"]),
        ("the name imported", f"from urllib.request import urlopen\nurlopen('{URL}/user-data')", ["latest/user-data"]),
        ("requests", WITHOUT, ["latest/user-data"]),
        ("by its name", f"requests.get(url='{URL}/user-data')", ["latest/user-data"]),
        ("by its method", f"requests.request('GET', '{URL}/user-data')", ["latest/user-data"]),
        ("a session", f"s = requests.Session()\ns.get('{URL}/user-data')", ["latest/user-data"]),
        ("in a with", f"with urlopen('{URL}/user-data') as r:\n    x = r.read()", ["latest/user-data"]),
        ("added", f"B = '{URL}/'\nurlopen(B + 'user-data')", ["latest/user-data"]),
        ("an f-string", f"B = '{URL}'\nurlopen(f'{{B}}/user-data')", ["latest/user-data"]),
        ("by %", f"urlopen('%s/%s' % ('{URL}', 'user-data'))", ["latest/user-data"]),
        ("by format", f"urlopen('{{0}}/{{x}}'.format('{URL}', x='user-data'))", ["latest/user-data"]),
        ("by urljoin", f"urlopen(urljoin('{URL}/', 'user-data'))", ["latest/user-data"]),
        ("by os.path.join", f"urlopen(os.path.join('{URL}', 'user-data'))", ["latest/user-data"]),
        ("by join", f"urlopen('/'.join(['{URL}', 'user-data']))", ["latest/user-data"]),
        ("of an object", f"class M:\n    def __init__(self):\n        self.url = '{URL}'\n    def get(self):\n        return urlopen(self.url + '/user-data')", ["latest/user-data"]),
        ("a constant of below", f"def f():\n    return urlopen(B + '/user-data')\nB = '{URL}'\nf()", ["latest/user-data"]),
        ("a default", f"def f(b='{URL}'):\n    return urlopen(b + '/user-data')", ["latest/user-data"]),
        ("a parameter that is not known", f"def f(k):\n    return urlopen('{URL}/meta-data/' + k)", ["latest/meta-data"]),
        ("a function that hands on", f"def f(u):\n    return urlopen(u)\nf('{URL}/user-data')", ["latest/user-data"]),
        ("a request", f"r = urllib.request.Request('{URL}/user-data')\nurllib.request.urlopen(r)", ["latest/user-data"]),
        ("a connection", "c = http.client.HTTPConnection('169.254.169.254', timeout=1)\nc.request('GET', '/latest/user-data')", ["latest/user-data"]),
        ("a connection at once", "HTTPConnection('169.254.169.254:80').request('GET', '/latest/user-data')", ["latest/user-data"]),
        ("boto 2", "import boto.utils\nboto.utils.get_instance_metadata()", ["latest/meta-data"]),
        ("boto 2, the name imported", "from boto.utils import get_instance_identity\nget_instance_identity()", ["latest/meta-data"]),
        ("a command for a function of the script", f"def sh(c):\n    return os.popen(c).read()\nsh('a=$(curl -s {URL}/user-data)')", ["shell: latest/user-data"]),
        ("a command for a method", f"class A:\n    def _run(self, c):\n        return subprocess.check_output(c, shell=True)\n    def id(self):\n        k = 'wget -qO- {URL}/user-data'\n        return self._run(k)", ["shell: latest/user-data"]),
        ("a command for what is imported", f"from lib import sh\ncmd = 'curl -s {URL}/user-data'\nsh(cmd)", ["shell: latest/user-data"]),
        ("curl in a list", f"subprocess.check_output(['curl', '-s', '{URL}/user-data'])", ["latest/user-data"]),
        ("Python 2", f"import urllib2\nprint urllib2.urlopen('{URL}/user-data').read()", ["latest/user-data"]),
        ("the header on the other call only", f"{TOKEN}{WITH}\nrequests.get('{URL}/meta-data/b')", ["latest/meta-data/b"]),
        ("a failure that is only passed", f"try:\n    {WITHOUT}\nexcept Exception:\n    pass", ["latest/user-data"]),
        ("a token that is requested and not used", f"{TOKEN}{WITHOUT}", ["latest/user-data"]),
        ("of a class", f"class M:\n    BASE = '{URL}/'\n    def get(self):\n        return urlopen(self.BASE + 'user-data')", ["latest/user-data"]),
        ("a loop over names", f"for k in ['a', 'b']:\n    urlopen('{URL}/meta-data/%s' % k)", ["latest/meta-data"]),
        ("a loop over URLs", f"for u in ['http://x/y', '{URL}/user-data']:\n    urlopen(u)", ["latest/user-data"]),
        ("pycurl", f"c = pycurl.Curl()\nc.setopt(c.URL, '{URL}/user-data')\nc.perform()", ["latest/user-data"]),
        ("urllib3", f"urllib3.PoolManager().request('GET', '{URL}/user-data')", ["latest/user-data"]),
        ("IPv6", "urlopen('http://[fd00:ec2::254]/latest/user-data')", ["latest/user-data"]),
    ],
)  # fmt: skip
def test_what_asks_without_a_token(why: str, script: str, expected: list[str]) -> None:
    assert asked(script, Language.PYTHON) == expected, why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("a command that is printed", f"print('curl -s {URL}/user-data')\nlog.info('curl -s {URL}/user-data')"),
        ("a command in an error", f"raise ValueError('curl -s {URL}/user-data')"),
        ("a function that only shows a command", f"def show(c):\n    log.debug(c)\nshow('curl -s {URL}/user-data')"),
        ("a sentence for what is imported", f"from lib import tell\ntell('use curl {URL}/user-data')"),
        ("with a token", f"from lib import sh\nsh('curl -s -H \\'X-aws-ec2-metadata-token: $T\\' {URL}/user-data')"),
        ("the token is requested", TOKEN),
        ("the header in place", WITH),
        ("the header in small letters", WITH.lower()),
        ("headers in a variable", f"h = {{{HEADER}: t}}\nrequests.get('{URL}/user-data', headers=h)"),
        ("headers that are set by key", f"h = {{}}\nh[{HEADER}] = t\nrequests.get('{URL}/user-data', headers=h)"),
        ("headers that are updated", f"h = {{}}\nh.update({{{HEADER}: t}})\nrequests.get('{URL}/user-data', headers=h)"),
        ("the header's name in a variable", f"N = {HEADER}\nrequests.get('{URL}/user-data', headers={{N: t}})"),
        ("a session with headers", f"s = requests.Session()\ns.headers.update({{{HEADER}: t}})\ns.get('{URL}/user-data')"),
        ("a session with the header by key", f"s = requests.Session()\ns.headers[{HEADER}] = t\ns.get('{URL}/user-data')"),
        ("a request with headers", f"r = Request('{URL}/user-data', headers={{{HEADER}: t}})\nurlopen(r)"),
        ("a request to which it is added", f"r = Request('{URL}/user-data')\nr.add_header({HEADER}, t)\nurlopen(r)"),
        ("an opener with headers", f"o = build_opener()\no.addheaders = [({HEADER}, t)]\no.open('{URL}/user-data')"),
        ("a connection with headers", f"c = HTTPConnection('169.254.169.254')\nc.request('GET', '/latest/user-data', headers={{{HEADER}: t}})"),
        ("a function with headers", f"def f(u, headers=None):\n    return requests.get(u, headers=headers)\nf('{URL}/user-data', headers={{{HEADER}: t}})"),
        ("version 2, and 1 where that fails", f"try:\n    {WITH}\nexcept Exception:\n    {WITHOUT}"),
        ("either, by a token", f"if t:\n    {WITH}\nelse:\n    {WITHOUT}"),
        ("version 1 where there is no token", f"{TOKEN}if t is None:\n    {WITHOUT}"),
        ("a function that is only fallen back upon", f"def one():\n    return {WITHOUT}\ndef two():\n    return {WITH}\ntry:\n    two()\nexcept Exception:\n    one()"),
        ("curl in a list with the header", f"subprocess.run(['curl', '-H', 'X-aws-ec2-metadata-token: ' + t, '{URL}/user-data'])"),
        ("pycurl with the header", f"c = pycurl.Curl()\nc.setopt(c.URL, '{URL}/user-data')\nc.setopt(c.HTTPHEADER, ['X-aws-ec2-metadata-token: ' + t])"),
        (
            "version 1 in a long branch for where version 2 fails",
            f"try:\n    {WITH}\nexcept Exception:\n" + "    if x:\n        y()\n" * 60 + f"    {WITHOUT}",
        ),
        ("a comment", f"# {WITHOUT}"),
        ("a docstring", f'"""\n{WITHOUT}\n"""'),
        ("a string that is shown", f"print('{URL}/user-data')"),
        ("a setting", f"os.environ.get('METADATA_URL', '{URL}')"),
        ("a table", f"urls = {{'aws': '{URL}'}}\nurls.get('aws')"),
        ("no proxy for it", "os.environ['NO_PROXY'] = '169.254.169.254'"),
        ("boto3 requests tokens itself", "import boto3  # not boto.utils.get_instance_metadata\nboto3.client('ec2')"),
        ("ec2_metadata requests tokens itself", "from ec2_metadata import ec2_metadata\nec2_metadata.instance_id"),
        ("a function of the same name, not boto's", "def get_instance_metadata():\n    return {}\nget_instance_metadata()"),
        ("Azure", "requests.get('http://169.254.169.254/metadata/instance', headers={'Metadata': 'true'})"),
        ("Google", "requests.get('http://169.254.169.254/computeMetadata/v1/', headers={'Metadata-Flavor': 'Google'})"),
        ("the credentials of ECS", "requests.get('http://169.254.170.2/v2/metadata')  # not 169.254.169.254"),
        ("a connection to another", "c = HTTPConnection('example.com')\nc.request('GET', '/latest/user-data')  # 169.254.169.254"),
    ],
)  # fmt: skip
def test_what_asks_with_a_token_or_nobody(why: str, script: str) -> None:
    assert asked(script, Language.PYTHON) == [], why
    assert looked(script, Language.PYTHON).unseen == (), why


def test_headers_that_are_not_known_are_said() -> None:
    script = f"def f(p, headers):\n    return requests.get('{URL}/' + p, headers=headers)\n"
    unseen = looked(script, Language.PYTHON).unseen
    assert [one.reason for one in unseen] == ["the headers in headers with which requests.get asks IMDS are not known"]


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        (
            "behind letters of more than a byte, and the other end of line",
            f"x = 'ü€😀'\r\ny = 'ä'; {WITHOUT}.text",
            (WITHOUT, "requests.get", "latest/user-data", ""),
        ),
        (
            "by way of a function",
            f"def f(u):\n    return urlopen(u)\nx = f('{URL}/user-data')",
            (f"f('{URL}/user-data')", "urlopen", "latest/user-data", "through f"),
        ),
    ],
)
def test_a_call_is_the_whole_call(why: str, script: str, expected: tuple[str, str, str, str]) -> None:
    assert found(script, Language.PYTHON) == [expected], why


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("a string", f"os.system('curl -s {URL}/user-data > x')", f"curl -s {URL}/user-data > x"),
        ("a name", f'c = """curl -s {URL}/user-data"""\nsubprocess.run(c, shell=True)', f"curl -s {URL}/user-data"),
        ("split", f"subprocess.run(shlex.split('curl {URL}/user-data'))", f"curl {URL}/user-data"),
        ("with a hole", f"os.system('curl {URL}/user-data > %s' % x)", f"curl {URL}/user-data > _unknown_"),
        ("by its name", f"subprocess.run(['bash', '-c', 'curl {URL}/user-data'])", f"curl {URL}/user-data"),
        ("escaped", f"os.system('curl \\'{URL}/user-data\\'')", f"curl '{URL}/user-data'"),
    ],
)
def test_what_is_handed_to_a_shell_is_a_shell_script(why: str, script: str, expected: str) -> None:
    parts = looked(script, Language.PYTHON).parts
    assert [(part.language, part.text.content) for part in parts] == [(Language.SHELL, expected)], why


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("parentheses in parentheses", lambda n: "(" * n, 10_000),
        ("one long sum", lambda n: "x = " + "+".join(["x"] * n), 1_000),
        ("many calls", lambda n: f"{WITHOUT}\n" * n, 200),
        ("many branches", lambda n: f"if t:\n    {WITH}\nelse:\n    {WITHOUT}\n" * n, 100),
        ("doubled names", lambda n: f"a = '{URL}'\n" + "a = a + a\n" * n, 500),
        ("no text", lambda n: "\0" * n, 20_000),
        ("quotes that nothing ends", lambda n: "'x\n" * n, 10_000),
        ("escapes that nothing ends", lambda n: '"' + "\\`" * n, 20_000),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(lambda script: looked(f"# {URL}\n{script}", Language.PYTHON), make, size), why
