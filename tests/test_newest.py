"""What is made of files is remembered: of as many as belong together, and of one that is edited not of all versions."""

from iac_imds_lint.newest import Newest
from iac_imds_lint.source import SourceFile


class Made:
    """Something that is made of a file, and what it was made of so far."""

    def __init__(self) -> None:
        self.of: list[tuple[str, str]] = []

    def __call__(self, source: SourceFile) -> object:
        self.of.append((source.path, source.text))
        return object()


def test_the_same_text_is_made_once():
    made = Made()
    newest = Newest(made)
    assert newest(SourceFile("a.tf", "1")) is newest(SourceFile("a.tf", "1"))
    assert made.of == [("a.tf", "1")]


def test_a_repair_goes_back_and_forth_between_two_texts():
    made = Made()
    newest = Newest(made)
    for text in "121212":
        newest(SourceFile("a.tf", text))
    assert made.of == [("a.tf", "1"), ("a.tf", "2")]


def test_of_a_file_that_is_edited_older_texts_are_not_kept():
    made = Made()
    newest = Newest(made)
    for text in "1231":
        newest(SourceFile("a.tf", text))
    assert [text for _, text in made.of] == ["1", "2", "3", "1"]


def test_an_edit_of_one_file_leaves_the_others():
    made = Made()
    newest = Newest(made)
    for at in range(100):
        newest(SourceFile("a.tf", str(at)))
        newest(SourceFile("b.tf", ""))
    assert made.of.count(("b.tf", "")) == 1


def test_the_file_that_was_not_asked_for_longest_goes():
    made = Made()
    newest = Newest(made)
    for at in range(16):
        newest(SourceFile(f"{at}.tf", ""))
    newest(SourceFile("0.tf", ""))
    newest(SourceFile("16.tf", ""))
    newest(SourceFile("0.tf", ""))
    newest(SourceFile("1.tf", ""))
    assert [path for path, _ in made.of[16:]] == ["16.tf", "1.tf"]
