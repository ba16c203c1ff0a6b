"""Where options go in Terraform, and how they are laid out, where the fixtures of whole files would be too much."""

from __future__ import annotations

import pytest

from tests.support import linted, texts_after

BEFORE = """\
resource "aws_launch_template" "web" {
>name = "web"
>monitoring {
>>enabled = true
>}
}
"""
AFTER = """\
resource "aws_launch_template" "web" {
>name = "web"
>monitoring {
>>enabled = true
>}

>metadata_options {
>>http_endpoint = "enabled"
>>http_tokens   = "required"
>}
}
"""


@pytest.mark.parametrize("step", ["  ", "   ", "    ", "\t"])
def test_a_new_block_is_indented_as_the_file_is(step: str) -> None:
    assert texts_after({"main.tf": BEFORE.replace(">", step)}) == {"main.tf": AFTER.replace(">", step)}


@pytest.mark.parametrize("step", ["  ", "   ", "    ", "\t"])
def test_an_empty_block_is_opened_as_the_file_is_indented(step: str) -> None:
    before = f'resource "aws_instance" "web" {{\n{step}metadata_options {{}}\n}}\n'
    after = before.replace(
        "{}", f'{{\n{step}{step}http_endpoint = "enabled"\n{step}{step}http_tokens   = "required"\n{step}}}'
    )
    assert texts_after({"main.tf": before}) == {"main.tf": after}


@pytest.mark.parametrize("step", ["  ", "   ", "    ", "\t"])
def test_an_empty_object_in_json_is_filled_as_the_file_is_indented(step: str) -> None:
    keys = ['"resource": {', '"aws_instance": {', '"web": {', '"metadata_options": {']
    head = "{\n" + "".join(f"{step * level}{key}\n" for level, key in enumerate(keys, 1))
    tail = "".join(f"{step * level}}}\n" for level in range(4, -1, -1))
    options = f'{step * 5}"http_endpoint": "enabled",\n{step * 5}"http_tokens": "required"\n'
    assert texts_after({"main.tf.json": head + tail}) == {"main.tf.json": head + options + tail}


def test_minified_json_stays_minified() -> None:
    before = '{"resource":{"aws_instance":{"a":{"ami":"x"},"b":{"metadata_options":{}},"c":{}}}}'
    options = '{"http_endpoint":"enabled","http_tokens":"required"}'
    after = (
        f'{{"resource":{{"aws_instance":{{"a":{{"ami":"x","metadata_options":{options}}},'
        f'"b":{{"metadata_options":{options}}},"c":{{"metadata_options":{options}}}}}}}}}'
    )
    assert texts_after({"main.tf.json": before}) == {"main.tf.json": after}


def test_nothing_is_written_into_a_file_with_a_syntax_error() -> None:
    """Its sound resources are judged; what was meant by the rest is not certain."""
    files = {
        "main.tf": 'resource "aws_instance" "web" {\n  ami = "a"\n}\n\nresource "aws_vpc" "x" {\n  cidr_block =\n}\n'
    }
    sound, broken = linted(files).findings
    assert (sound.rule.code, sound.fix, sound.fix_unavailable) == ("IMDS001", None, "main.tf has to parse first")
    assert (broken.rule.code, broken.fix) == ("IMDS900", None)
    assert texts_after(files) == files
