"""Which commands of a shell script ask IMDS without a token, and which do not."""

from __future__ import annotations

import pytest

from iac_imds_lint.bootscript import shell
from iac_imds_lint.script import Language, Looked, Part
from iac_imds_lint.source import Span
from iac_imds_lint.texts import Text, joined, placed, unknown
from tests.bootscript.growth import Make, grows

URL = "http://169.254.169.254/latest/meta-data"
PUT = 'TOKEN=$(curl -sX PUT "http://169.254.169.254/latest/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")\n'
WITH = f'curl -s -H "X-aws-ec2-metadata-token: $TOKEN" {URL}/instance-id'


def part(script: str | Text) -> Part:
    text = placed(script, Span("boot.sh", 0, len(script))) if isinstance(script, str) else script
    return Part(text, Language.SHELL, "user_data")


def looked(script: str | Text) -> Looked:
    return shell.look(part(script))


def calls(script: str) -> list[tuple[str, ...]]:
    """The text, the program, what is asked and the note of each call, of inner shell scripts too."""
    return list(_calls(part(script)))


def _calls(one: Part):
    found = shell.look(one)
    for call in found.calls:
        yield one.text.content[call.start : call.end], call.program, call.asked, call.note
    for inner in found.parts:
        if inner.language is Language.SHELL:
            yield from _calls(inner)


def curl(text: str, asked: str = "latest/meta-data/instance-id", note: str = "") -> tuple[str, ...]:
    return (text, "curl", asked, note)


ID = f"curl {URL}/instance-id"

FOUND = [
    ("as it is", f"{ID}\n", [curl(ID)]),
    ("in a substitution", f"ID=$({ID})", [curl(ID)]),
    ("in backquotes", f"ID=`{ID}`", [curl(ID)]),
    (
        "in backquotes one after the other",
        f'echo "`{ID}` `curl {URL}/mac`"',
        [curl(ID), curl(f"curl {URL}/mac", "latest/meta-data/mac")],
    ),
    ("in backquotes inside of others", f"A=`aws x --id \\`{ID}\\` -y`", [curl(ID)]),
    ("in a string", f'echo "I am $({ID})"', [curl(ID)]),
    ("in a pipeline", f"{ID} | tr -d i", [curl(ID)]),
    ("with a redirection", f"{ID} > /tmp/id 2>&1", [curl(ID)]),
    (
        "without a scheme",
        "curl -s 169.254.169.254/latest/user-data",
        [curl("curl -s 169.254.169.254/latest/user-data", "latest/user-data")],
    ),
    ("the bare host", "curl -s 169.254.169.254", [curl("curl -s 169.254.169.254", "")]),
    ("the host with a slash", "curl http://169.254.169.254/", [curl("curl http://169.254.169.254/", "")]),
    (
        "with a port",
        "curl 169.254.169.254:80/1.0/meta-data",
        [curl("curl 169.254.169.254:80/1.0/meta-data", "1.0/meta-data")],
    ),
    (
        "of a date",
        "curl http://169.254.169.254/2009-04-04/meta-data/",
        [curl("curl http://169.254.169.254/2009-04-04/meta-data/", "2009-04-04/meta-data")],
    ),
    (
        "with a user",
        "curl http://a:b@169.254.169.254/latest/",
        [curl("curl http://a:b@169.254.169.254/latest/", "latest")],
    ),
    (
        "a trailing dot",
        "curl http://169.254.169.254./latest/",
        [curl("curl http://169.254.169.254./latest/", "latest")],
    ),
    (
        "by IPv6",
        "curl -g 'http://[fd00:ec2::254]/latest/dynamic'",
        [curl("curl -g 'http://[fd00:ec2::254]/latest/dynamic'", "latest/dynamic")],
    ),
    (
        "by name",
        "wget -qO- http://instance-data/latest/meta-data/",
        [("wget -qO- http://instance-data/latest/meta-data/", "wget", "latest/meta-data", "")],
    ),
    (
        "by its long name in capitals",
        "curl HTTP://INSTANCE-DATA.EC2.INTERNAL/latest/",
        [curl("curl HTTP://INSTANCE-DATA.EC2.INTERNAL/latest/", "latest")],
    ),
    (
        "slashes that are doubled",
        "curl http://169.254.169.254//latest//meta-data",
        [curl("curl http://169.254.169.254//latest//meta-data", "latest/meta-data")],
    ),
    ("by the option url", f"curl -s --url {URL}/mac", [curl(f"curl -s --url {URL}/mac", "latest/meta-data/mac")]),
    ("a program by its path", f"/usr/bin/curl {URL}/mac", [curl(f"/usr/bin/curl {URL}/mac", "latest/meta-data/mac")]),
    (
        "a wrapper that is named after it",
        f"curl_cli -s {URL}/mac",
        [(f"curl_cli -s {URL}/mac", "curl_cli", "latest/meta-data/mac", "")],
    ),
    (
        "two URLs, of which one is IMDS",
        f"curl https://e.x {URL}/mac",
        [curl(f"curl https://e.x {URL}/mac", "latest/meta-data/mac")],
    ),
    (
        "a part that is not known",
        f'curl "{URL}/network/$MAC/id"',
        [curl(f'curl "{URL}/network/$MAC/id"', "latest/meta-data/network/…/id")],
    ),
    ("lines that go on", f"curl -s \\\n  {URL}/instance-id", [curl(f"curl -s \\\n  {URL}/instance-id")]),
    (
        "wget",
        f"wget -q -O - {URL}/instance-id",
        [(f"wget -q -O - {URL}/instance-id", "wget", "latest/meta-data/instance-id", "")],
    ),
    (
        "busybox",
        f"busybox wget -qO- {URL}/instance-id",
        [(f"wget -qO- {URL}/instance-id", "wget", "latest/meta-data/instance-id", "")],
    ),
    (
        "HTTPie",
        f"http GET {URL}/instance-id",
        [(f"http GET {URL}/instance-id", "http", "latest/meta-data/instance-id", "")],
    ),
    (
        "fetch",
        f"fetch -qo - {URL}/instance-id",
        [(f"fetch -qo - {URL}/instance-id", "fetch", "latest/meta-data/instance-id", "")],
    ),
    ("GET of perl", f"GET {URL}/instance-id", [(f"GET {URL}/instance-id", "GET", "latest/meta-data/instance-id", "")]),
    ("lynx", f"lynx -dump {URL}/", [(f"lynx -dump {URL}/", "lynx", "latest/meta-data", "")]),
    (
        "aria2c",
        f"aria2c -o id {URL}/instance-id",
        [(f"aria2c -o id {URL}/instance-id", "aria2c", "latest/meta-data/instance-id", "")],
    ),
    (
        "a connection by hand",
        "printf 'GET /latest/meta-data/ HTTP/1.0\\r\\n\\r\\n' | nc 169.254.169.254 80",
        [("nc 169.254.169.254 80", "nc", "", "")],
    ),
    (
        "a connection of bash",
        "exec 3<>/dev/tcp/169.254.169.254/80\nprintf 'GET /latest/ HTTP/1.0\\r\\n\\r\\n' >&3",
        [("exec 3<>/dev/tcp/169.254.169.254/80", "/dev/tcp", "", "")],
    ),
    ("behind sudo and timeout", f"sudo -u x timeout -k 1 5 {ID}", [curl(ID)]),
    ("behind env and time", f"time env -i A=b {ID}", [curl(ID)]),
    ("behind nohup, exec, command", f"nohup command {ID} & exec {ID}", [curl(ID), curl(ID)]),
    ("behind what is not known", f"retry 5 {ID}", [curl(ID)]),
    ("by xargs", f"echo {URL}/instance-id | xargs -n1 curl -s", [curl("curl -s")]),
    ("through a variable", f'U={URL}\ncurl "$U/instance-id"', [curl('curl "$U/instance-id"', note="through U")]),
    (
        "through two",
        "B=http://169.254.169.254; readonly U=$B/latest/meta-data\ncurl ${U}/instance-id",
        [curl("curl ${U}/instance-id", note="through U")],
    ),
    (
        "the path in a variable",
        "P=latest/meta-data/instance-id\ncurl http://169.254.169.254/$P",
        [curl("curl http://169.254.169.254/$P")],
    ),
    (
        "a default",
        "curl ${U:-http://169.254.169.254}/latest/meta-data/instance-id",
        [curl("curl ${U:-http://169.254.169.254}/latest/meta-data/instance-id")],
    ),
    (
        "appended",
        "U=http://169.254.169.254; U+=/latest/user-data; curl $U",
        [curl("curl $U", "latest/user-data", "through U")],
    ),
    (
        "a slash that is cut off",
        f"U={URL}/; curl ${{U%/}}/instance-id",
        [curl("curl ${U%/}/instance-id", note="through U")],
    ),
    ("the program in a variable", f'C="curl -s"\n$C {URL}/instance-id', [curl(f"$C {URL}/instance-id")]),
    ("in an array", f'A=(-s {URL}/instance-id)\ncurl "${{A[@]}}"', [curl('curl "${A[@]}"', note="through A")]),
    ("in a loop", f"for p in mac ami-id; do curl {URL}/$p; done", [curl(f"curl {URL}/$p", "latest/meta-data/…")]),
    ("braces", f"curl {URL}/{{mac,ami-id}}", [curl(f"curl {URL}/{{mac,ami-id}}", "latest/meta-data/…")]),
    (
        "one of two values",
        f"if [ -f /x ]; then U={URL}; else U=http://e.x; fi; curl $U/mac",
        [curl("curl $U/mac", "latest/meta-data/mac", "through U, which also asks http://e.x/mac")],
    ),
    (
        "an address that a command prints",
        f"curl $(echo {URL})/mac",
        [curl(f"curl $(echo {URL})/mac", "latest/meta-data/mac")],
    ),
    (
        "an address that a function prints",
        f"u() {{ echo {URL}/$1; }}; curl $(u mac)",
        [curl("curl $(u mac)", "latest/meta-data/mac")],
    ),
    ("read", f"read -r U <<< {URL}/mac; curl $U", [curl("curl $U", "latest/meta-data/mac", "through U")]),
    ("in a function", f"id() {{ {ID}; }}\nid; id", [curl(ID)]),
    (
        "in a function that nothing calls",
        f'get() {{ curl "{URL}/$1"; }}',
        [curl(f'curl "{URL}/$1"', "latest/meta-data/…")],
    ),
    (
        "the path is its argument",
        f'get() {{ curl "{URL}/$1"; }}\nget mac',
        [curl(f'curl "{URL}/$1"', "latest/meta-data/mac")],
    ),
    (
        "the address is its argument",
        f'get() {{ curl -s "$1"; }}\nget {URL}/mac',
        [curl('curl -s "$1"', "latest/meta-data/mac", "through $1 of get")],
    ),
    (
        "it asks others too",
        f'get() {{ curl -s "$1"; }}\nget {URL}/mac\nget https://e.x/',
        [curl('curl -s "$1"', "latest/meta-data/mac", "through $1 of get, which also asks https://e.x/")],
    ),
    (
        "a local variable of its argument",
        f'get() {{ local u=$1; curl "$u"; }}\nget {URL}/mac',
        [curl('curl "$u"', "latest/meta-data/mac", "through u")],
    ),
    (
        "a function that runs what it is given",
        f'again() {{ "$@" || "$@"; }}\nagain {ID}',
        [curl(ID, note="through $@ of again")],
    ),
    ("a token, and a call that does not carry it", f"{PUT}{WITH}\n{ID}", [curl(ID)]),
    ("a token that is there, and not carried", f'{PUT}if [ -n "$TOKEN" ]; then {ID}; fi', [curl(ID)]),
    ("who has no token has left", f'{PUT}[ -z "$TOKEN" ] && exit 1\n{ID}', [curl(ID)]),
    (
        "the header of the time to live alone",
        f'curl -H "X-aws-ec2-metadata-token-ttl-seconds: 60" {URL}/mac',
        [curl(f'curl -H "X-aws-ec2-metadata-token-ttl-seconds: 60" {URL}/mac', "latest/meta-data/mac")],
    ),
    ("the fallback of something else", f"curl https://e.x || {ID}", [curl(ID)]),
    ("an answer that is tested, not the token", f'{PUT}ID=$({WITH})\nif [ "$ID" = i-1 ]; then {ID}; fi', [curl(ID)]),
    (
        "by its status alone, with no token anywhere",
        f'S=$(curl -so /dev/null -w "%{{http_code}}" {URL}/)\nif [ $S = 200 ]; then {ID}; fi',
        [curl(f'curl -so /dev/null -w "%{{http_code}}" {URL}/', "latest/meta-data"), curl(ID)],
    ),
    ("by bash -c", f"bash -c '{ID}'", [curl(ID)]),
    ("by sudo su -c", f'sudo su - x -c "{ID}"', [curl(ID)]),
    ("by trap", f"trap '{ID}' EXIT", [curl(ID)]),
    ("by watch, in a word", f'watch -n 5 "{ID}"', [curl(ID)]),
    (
        "what a loop reads",
        f"while read u; do curl $u; done <<< {URL}/mac",
        [curl("curl $u", "latest/meta-data/mac", "through u")],
    ),
    (
        "arguments that are set",
        f"set -- {URL} x; curl $1/mac",
        [curl("curl $1/mac", "latest/meta-data/mac", "through $1")],
    ),
    (
        "an array by name",
        f"declare -A E=([a]={URL}); curl ${{E[a]}}/mac",
        [curl("curl ${E[a]}/mac", "latest/meta-data/mac", "through E")],
    ),
    ("by eval", f'eval "{ID}"', [curl(ID)]),
    ("by ssh", f"ssh -i k h {ID}", [curl(ID)]),
    ("by a shell in a container", f"docker run --entrypoint=/bin/sh i -c '{ID}'", [curl(ID)]),
    ("handed to bash", f"sudo bash <<'EOF'\n{ID}\nEOF\n", [curl(ID)]),
    ("written to a script", f"cat > /opt/x.sh <<'EOF'\n{ID}\nEOF\n", [curl(ID)]),
    (
        "written by tee, with escapes",
        f"cat <<-EOF | sudo tee /opt/x.sh\n\tcurl \\$A {URL}/mac\n\tEOF\n",
        [curl(f"curl $A {URL}/mac", "latest/meta-data/mac")],
    ),
    ("a script by its first line", f"tee /opt/x <<'EOF'\n#!/bin/sh\n{ID}\nEOF\n", [curl(ID)]),
    ("run while it is written", f"cat > /etc/x.conf <<EOF\nid=$({ID})\nEOF\n", [curl(ID)]),
    ("a here-document in one", f"cat <<'A' > a.sh\ncat <<'B' > b.sh\n{ID}\nB\nA\n", [curl(ID)]),
    (
        "an address that is filled in",
        f"U={URL}\ncat <<A > a.sh\ncurl $U/mac\nA\n",
        [curl(f"curl {URL}/mac", "latest/meta-data/mac")],
    ),
    ("echo to a script", f"echo '{ID}' >> /etc/rc.local", [curl(ID)]),
    ("printf to a script", f"printf '%s\\n' '#!/bin/sh' '{ID}' > /opt/x", [curl(ID)]),
    ("lines of cron", f"echo '*/5 * * * * {ID}' | crontab -", [curl(ID)]),
    ("a unit", f"cat > /etc/systemd/system/x.service <<'E'\n[Service]\nExecStart={ID}\nE\n", [curl(ID)]),
    ("a body in which the delimiter begins a line", f"cat > x.sh <<EOF\nEOF2\n{ID}\nEOF\n", [curl(ID)]),
    ("a call that only the script makes", f"cat > x.sh <<EOF\nA=\\$({ID})\nEOF\n", [curl(ID)]),
    ("more commands on its line", f"cat > x.sh <<EOF; chmod +x x.sh\n{ID}\nEOF\n", [curl(ID)]),
    (
        "a group that is written",
        f"(\ncat <<E\n#!/bin/sh\n{ID}\nE\n) > /opt/x\n",
        [curl(ID)],
    ),
    ("a here-document in a variable", f'U=$(cat <<E\n{ID}\nE\n)\necho "$U" > x.sh', [curl(ID)]),
    (
        "what depends on the status of a call, where no token is ever asked for",
        f"S=$(curl -o /dev/null -w '%{{http_code}}' {URL}/ami-id)\nif [ $S = 200 ]; then {ID}; fi\n",
        [curl(f"curl -o /dev/null -w '%{{http_code}}' {URL}/ami-id", "latest/meta-data/ami-id"), curl(ID)],
    ),
    ("before a quote that does not end", f"{ID}\necho 'a\n", [curl(ID)]),
    (
        "where a turned test says that there is a token",
        f'{PUT}\nif [ ! -z "$TOKEN" ]; then\n  curl {URL}/instance-id\nfi',
        [curl(f"curl {URL}/instance-id")],
    ),
    (
        "what gets a token is no request of one",
        f'TOKEN=$(curl http://169.254.169.254/latest/api/token)\nif [ -z "$TOKEN" ]; then\n  curl {URL}/instance-id\nfi',
        [curl(f"curl {URL}/instance-id")],
    ),
    (
        "where nothing requested the token that is tested",
        f'if [ -z "$IMDS" ]; then\n  curl {URL}/instance-id\nfi\n{WITH}',
        [curl(f"curl {URL}/instance-id")],
    ),
]


@pytest.mark.parametrize(("why", "script", "expected"), FOUND, ids=[one[0] for one in FOUND])
def test_what_asks_without_a_token(why: str, script: str, expected: list[tuple[str, ...]]) -> None:
    assert calls(script) == expected, why


NOT_FOUND = [
    ("no script at all", ""),
    ("a comment", f"# {ID}\n"),
    ("it prints it", f'echo "{ID}"'),
    ("it prints it in backquotes", f'echo "\\`{ID}\\`"'),
    ("a trap that is a function", "trap clean EXIT; grep 169.254.169.254 f"),
    ("it looks for it", "grep -q 169.254.169.254 /etc/hosts"),
    ("it edits with it", "sed -i 's/a/169.254.169.254/' /etc/x"),
    ("a variable that nobody asks", f"URL={URL}"),
    ("a variable that is something else by then", f"U={URL}; U=https://e.x; curl $U"),
    ("no proxy for it", "export no_proxy=169.254.169.254; curl https://e.x"),
    ("no proxy for it, as an option", "curl --noproxy 169.254.169.254 https://e.x"),
    ("a proxy", "curl -x http://169.254.169.254 https://e.x"),
    ("a file of the name", "curl -o 169.254.169.254 https://e.x"),
    ("a referer", f"curl -e {URL} https://e.x"),
    ("a header", f"curl -H 'Origin: {URL}' https://e.x"),
    ("data", f"curl -d {URL} https://e.x"),
    ("a ping", "ping -c1 169.254.169.254"),
    ("a filter", "iptables -A OUTPUT -d 169.254.169.254 -j DROP"),
    ("a route", "ip route add 169.254.169.254/32 dev eth0"),
    ("a test", 'if [ "$H" = 169.254.169.254 ]; then :; fi'),
    ("a pattern", "case $H in 169.254.169.254) ;; esac"),
    ("whether there is a curl", "command -v curl"),
    ("it installs curl", "yum install -y curl 169.254.169.254"),
    ("credentials of a container", "curl 169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    ("the clock", "curl 169.254.169.123"),
    ("the resolver", "curl http://169.254.169.253/"),
    ("another address that begins the same", "curl http://169.254.169.2540/latest/"),
    ("another name that begins the same", "curl http://169.254.169.254.e.x/latest/meta-data"),
    ("another port", "curl http://169.254.169.254:8080/latest/"),
    ("in a query", f"curl 'https://e.x/?u={URL}'"),
    ("Azure", "curl -H Metadata:true 'http://169.254.169.254/metadata/instance?api-version=2021-02-01'"),
    ("Google", "curl -H 'Metadata-Flavor: Google' http://169.254.169.254/computeMetadata/v1/"),
    ("OpenStack", "curl http://169.254.169.254/openstack/latest/meta_data.json"),
    ("Oracle", "curl -H 'Authorization: Bearer Oracle' http://169.254.169.254/opc/v2/instance/"),
    ("Hetzner", "curl http://169.254.169.254/hetzner/v1/metadata"),
    ("DigitalOcean", "curl -s http://169.254.169.254/metadata/v1/id"),
    ("Vultr", "curl http://169.254.169.254/v1.json"),
    ("the request of a token", PUT),
    ("the request of a token by wget", "wget --method=PUT -qO- http://169.254.169.254/latest/api/token"),
    ("a token", PUT + WITH),
    ("a token behind a long option", f"curl --header 'X-aws-ec2-metadata-token: '$TOKEN {URL}/mac"),
    ("a token after the address", f'curl {URL}/mac -H "x-aws-EC2-Metadata-Token:$T"'),
    ("a token joined to its letter", f'curl -sH"X-aws-ec2-metadata-token: $T" {URL}/mac'),
    ("a token of wget", f'wget -qO- --header="X-aws-ec2-metadata-token: $T" {URL}/mac'),
    ("a token of HTTPie", f"http {URL}/mac X-aws-ec2-metadata-token:$T"),
    ("a header in a variable", f'H="X-aws-ec2-metadata-token: $T"\ncurl -H "$H" {URL}/mac'),
    ("options in a variable", f'O="-s -H X-aws-ec2-metadata-token:$T"\ncurl $O {URL}/mac'),
    ("options in an array", f'A=(-s)\nA+=(-H "X-aws-ec2-metadata-token: $T")\ncurl "${{A[@]}}" {URL}/mac'),
    ("a header that is there if there is a token", f'curl ${{T:+-H "X-aws-ec2-metadata-token: $T"}} {URL}/mac'),
    ("a header in a file", f"curl -H @/run/header {URL}/mac"),
    ("options in a file", f"curl -K /run/imds {URL}/mac"),
    ("a variable for the header that comes from elsewhere", f'curl -H "$IMDS_HEADER" {URL}/mac'),
    ("a function that carries it", f'imds() {{ curl -H "X-aws-ec2-metadata-token: $T" "{URL}/$1"; }}\nimds mac\nimds ami-id'),
    ("it is an argument of a function", f'get() {{ curl "$@"; }}\nget -H "X-aws-ec2-metadata-token: $T" {URL}/mac'),
    ("a connection of bash with a token", "exec 3<>/dev/tcp/169.254.169.254/80\nprintf 'GET /latest/ HTTP/1.0\\r\\nX-aws-ec2-metadata-token: %s\\r\\n\\r\\n' $T >&3"),
    ("without, where with one fails", f"{PUT}{WITH} || {ID}"),
    ("without, where there is none", f'{PUT}if [ -n "$TOKEN" ]; then {WITH}; else {ID}; fi'),
    ("without, where it is empty", f'{PUT}if [ -z "$TOKEN" ]; then {ID}; else {WITH}; fi'),
    ("without, in one line", f'{PUT}[ -n "$TOKEN" ] && {WITH} || {ID}'),
    ("without, where its request fails", f"if {PUT.strip()}; then {WITH}; else {ID}; fi"),
    ("without, by the status of its request", f"{PUT}if [ $? -ne 0 ]; then {ID}; fi"),
    ("without, by a mode that it decides", f"if {PUT.strip()}; then M=2; else M=1; fi\nif [ $M = 1 ]; then {ID}; fi"),
    ("without, after who has one is gone", f'get() {{ if [ -n "$TOKEN" ]; then {WITH}; return; fi; {ID}; }}\n{PUT}get'),
    ("without first, with one where that fails", f"{ID} --fail || {{ {PUT}{WITH}; }}"),
    ("without first, with one where nothing that is there is found", f"{ID} | grep i- || {{ {PUT}{WITH}; }}"),
    ("without first, with one where the last of several fails", f"{{ I=$({ID}); [[ $I == i-* ]]; }} || {{ {PUT}{WITH}; }}"),
    ("without first, with one where it is empty", f'I=$({ID} -f)\nif [ -z "$I" ]; then {PUT}{WITH}; fi'),
    ("to see whether one is needed", f'S=$(curl -so /dev/null -w "%{{http_code}}" {URL}/)\nif [ $S = 401 ]; then {PUT}fi'),
    (
        "without, where that is answered, else with one",
        f'S=$(curl -so /dev/null -w "%{{http_code}}" {URL}/)\nif [ $S = 200 ]; then {ID}; else {PUT}{WITH}; fi',
    ),
    ("a header only where there is a token", f'{PUT}A=()\n[ -n "$TOKEN" ] && A=(-H "X-aws-ec2-metadata-token: $TOKEN")\ncurl "${{A[@]}}" {URL}/mac'),
    ("a file that is no script", f"cat > /etc/nginx/nginx.conf <<'EOF'\nproxy_pass {URL};\nEOF\n"),
    ("text for people", f"cat <<'EOF' > /etc/motd\n{ID}\nEOF\n"),
    ("substitutions that are escaped, to no script", f"cat <<EOF > /etc/motd\n\\$({ID})\nEOF\n"),
    ("a substitution that is quoted, to no script", f"cat <<'EOF' > /etc/motd\n$({ID})\nEOF\n"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "script"), NOT_FOUND, ids=[one[0] for one in NOT_FOUND])
def test_what_is_no_call(why: str, script: str) -> None:
    assert calls(script) == [], why
    assert looked(script).unseen == (), why


UNSEEN = [
    ("piped to a shell", "curl -fsSL https://e.x/i | sudo bash -s -- a", "sudo bash -s -- a", "it runs https://e.x/i, which is downloaded when it boots"),
    ("by wget", "wget -qO- https://e.x/i | sh", "sh", "it runs https://e.x/i, which is downloaded when it boots"),
    ("sourced", "source <(curl -s https://e.x/i)", "source <(curl -s https://e.x/i)", "it runs https://e.x/i, which is downloaded when it boots"),
    ("in a word", 'sh -c "$(curl -fsSL https://e.x/i)"', 'sh -c "$(curl -fsSL https://e.x/i)"', "it runs https://e.x/i, which is downloaded when it boots"),
    ("from a bucket", "aws s3 cp s3://b/x.sh . && bash x.sh", "bash x.sh", "it runs s3://b/x.sh, which is downloaded when it boots"),
    ("to a file", "curl -o /tmp/i.sh https://e.x/i\nchmod +x /tmp/i.sh\n/tmp/i.sh -a", "/tmp/i.sh -a", "it runs https://e.x/i, which is downloaded when it boots"),
    ("a file of the image", "bash /opt/start.sh", "bash /opt/start.sh", "it runs /opt/start.sh, which it does not write itself"),
    ("a quote that does not end", f"echo 'a\n{ID}\n", "169.254.169.254", "it does not parse from line 1 on"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "script", "where", "reason"), UNSEEN, ids=[one[0] for one in UNSEEN])
def test_what_is_not_seen(why: str, script: str, where: str, reason: str) -> None:
    found = looked(script).unseen
    assert [one.reason for one in found] == [reason], why
    shown = script[found[0].span.start : found[0].span.end]
    assert where.removeprefix("sudo ") in shown or shown in where, why


SEEN = [
    ("what it writes itself", "cat > /opt/x.sh <<'E'\ntrue\nE\nbash /opt/x.sh"),
    ("what the system brings", "source /etc/profile; . /etc/os-release; /etc/eks/bootstrap.sh c"),
    ("a package manager", "curl -o k.rpm https://e.x/k.rpm && rpm -i k.rpm"),
    ("a program that is unpacked", "curl -o a.zip https://e.x/a.zip && unzip a.zip && ./aws/install"),
    ("the installer of pip", "curl -O https://bootstrap.pypa.io/get-pip.py && python get-pip.py"),
    (
        "a program that is downloaded",
        "curl -Lo /usr/local/bin/jq https://e.x/jq-linux64; sh -c true; /usr/local/bin/jq .",
    ),
    ("an environment", ". venv/bin/activate"),
    ("what is only saved", "curl -o /tmp/x.sh https://e.x/x.sh"),
    ("where a turned test says that there is no token", f'{PUT}\nif [ ! -n "$TOKEN" ]; then\n  curl {URL}/mac\nfi'),
    ("Google, by its header alone", f"curl -H 'Metadata-Flavor: Google' {URL}/mac"),
]


@pytest.mark.parametrize(("why", "script"), SEEN, ids=[one[0] for one in SEEN])
def test_what_is_seen_or_no_script(why: str, script: str) -> None:
    assert looked(script).unseen == (), why


def test_what_is_not_known_of_a_command_is_said() -> None:
    span = Span("main.tf", 10, 20)
    script = joined(
        [placed("", span), unknown(span, "var.command is not known"), placed(" a\n" + ID, Span("main.tf", 20, 80))]
    )
    assert [(one.span, one.reason) for one in looked(script).unseen] == [
        (Span("main.tf", 10, 22), "which command it runs is not known: var.command is not known")
    ]


@pytest.mark.parametrize(
    ("why", "before", "after", "expected"),
    [
        ("a part of the path", f"curl {URL}/", "\n", []),
        ("the value of something else", "A=", f"\n{WITH}\n", []),
        ("an argument of another command", "echo ", f"\n{WITH}\n", []),
        (
            "options, which may carry a token",
            "curl ",
            f" {URL}/mac",
            ["what curl is told is not known: var.x is not known"],
        ),
        ("an address", "curl ", f"\n{WITH}\n", ["what curl asks is not known: var.x is not known"]),
        (
            "a host",
            "curl http://",
            f"/latest/meta-data/mac\n{WITH}\n",
            ["what curl is told is not known: var.x is not known"],
        ),
    ],
)
def test_stand_ins(why: str, before: str, after: str, expected: list[str]) -> None:
    texts = placed(before, Span("a", 0, len(before))), unknown(Span("a", 50, 60), "var.x is not known")
    script = joined([*texts, placed(after, Span("a", 60, 60 + len(after)))])
    assert [one.reason for one in looked(script).unseen] == expected, why


def test_inner_scripts_have_their_places_and_spellings() -> None:
    script = f"é\nsudo -u x bash -c \"curl '{URL}' \\$A\"\ncat <<EOF > /opt/x.py\nprint(\\$A, '169.254.169.254')\nEOF\n"
    first, second = looked(script).parts
    assert (first.language, first.text.content) == (Language.SHELL, f"curl '{URL}' $A")
    assert first.text.span(0, 4) == Span("boot.sh", script.index("curl"), script.index("curl") + 4)
    assert (second.language, second.what) == (Language.PYTHON, "/opt/x.py")
    assert second.text.content == "print($A, '169.254.169.254')\n"
    begin = script.index("print")
    assert second.text.span(0, 7) == Span("boot.sh", begin, begin + 8)
    here, quoted = second.text.splice(0, 0, "$x"), first.text.splice(0, 0, '"$x"')
    assert here is not None
    assert here.content == "\\$x"
    assert quoted is not None
    assert quoted.content == '\\"\\$x\\"'


@pytest.mark.parametrize(
    ("program", "language"),
    [
        ("python3 -c", Language.PYTHON),
        ("perl -e", Language.OTHER),
        ("ruby -e", Language.OTHER),
        ("pwsh -Command", Language.POWERSHELL),
        ("bash -ec", Language.SHELL),
    ],
)
def test_one_liners_are_scripts_of_their_language(program: str, language: Language) -> None:
    (inner,) = looked(f"{program} 'get(\"{URL}\")'").parts
    assert (inner.language, inner.text.content) == (language, f'get("{URL}")')


def test_inner_scripts_know_what_is_written_around_them() -> None:
    script = "cat > /opt/a.sh <<'E'\ntrue\nE\ncat > /opt/b.sh <<'E'\nbash /opt/a.sh\nE\n"
    inner = looked(script).parts
    assert [shell.look(one).unseen for one in inner] == [(), ()]


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("commands", lambda n: f"echo a b\n{ID}\n" * n, 100),
        ("conditions", lambda n: f'{PUT}if [ -n "$TOKEN" ]; then {WITH}; else {ID}; fi\n' * n, 30),
        ("functions", lambda n: "".join(f"f{one}() {{ {ID}; }}\nf{one}\n" for one in range(n)), 100),
        ("here-documents", lambda n: "cat > /opt/x <<E\n`a` $(b) $c\nE\n" * n + ID, 100),
        ("parentheses", lambda n: "(" * n + ID, 5_000),
        ("parentheses that end", lambda n: "(" * n + ID + ")" * n, 400),
        ("substitutions", lambda n: "x=" + "$(" * n + ID + ")" * n, 100),
        ("here-documents without an end", lambda n: "".join(f"cat <<E{one}\n" for one in range(n)) + ID, 1_000),
        ("branches", lambda n: "if a; then " * n + ID + "; fi" * n, 150),
        ("a list", lambda n: "a && " * n + ID, 500),
        ("punctuation", lambda n: "%$#@!)(*&^" * n + ID, 200),
        ("a variable that doubles", lambda n: "X=a\n" + 'X="$X$X"\n' * n + ID, 500),
        ("bytes of any kind", lambda n: bytes(range(256)).decode("latin-1") * n + ID, 20),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(looked, make, size), why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("parentheses", "(" * 20_000 + ID),
        ("a pipeline that does not end", "a | " * 10_000 + ID + " |"),
        (
            "functions that call each other twice",
            "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n" for n in range(40)) + f"f0\n{ID}",
        ),
        ("a function that calls itself", f"f() {{ f; f; {ID}; }}; f"),
        ("half a letter", f"\ud800\n{ID}"),
    ],
)
def test_a_call_in_a_hostile_script_is_found_or_told(why: str, script: str) -> None:
    found = looked(script)
    assert found.calls or found.unseen, why
