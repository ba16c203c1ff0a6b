"""Emacs with the server by Eglot, and with flycheck without it, as the page on Emacs says."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.programs import program
from tests.test_editor_docs import EMACS, of
from tests.test_neovim import BASTION_WEAK, JUMP_WEAK, PROJECT, WEAK

HELPERS = Path(__file__).parent / "clients" / "emacs.el"


@cache
def has(package: str) -> bool:
    """Whether Emacs is here, with a package."""
    if EMACS is None:
        return False
    asking = f"(progn (require 'package) (package-initialize) (kill-emacs (if (require '{package} nil t) 0 1)))"
    done = subprocess.run([EMACS, "--batch", "--eval", asking], capture_output=True, check=False)
    return done.returncode == 0


def needs(package: str) -> pytest.MarkDecorator:
    """Skips, and says why."""
    return pytest.mark.skipif(not has(package), reason=f"Emacs with {package} is not installed")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of a project, in a repository of their own."""
    top = tmp_path / "project"
    for name, text in {".git/HEAD": "ref: refs/heads/main\n", **PROJECT}.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    for name in ("refs", "objects"):
        (top / ".git" / name).mkdir()
    return top


def in_emacs(project: Path, package: str, page: str, scenario: str) -> Any:
    """What a scenario answers, with what the page says to write."""
    server = program("iac-imds-lint")
    assert server is not None
    script = project.parent / "scenario.el"
    lines = (";; -*- lexical-binding: t -*-", f'(load "{HELPERS}")', f"(require '{package})", page, scenario)
    script.write_text("\n".join(lines), encoding="utf-8")
    answer = project.parent / "answer.json"
    path = os.pathsep.join((str(Path(server).parent), os.environ["PATH"]))
    done = subprocess.run(
        [str(EMACS), "--batch", "-l", str(script)],
        cwd=project,
        env={**os.environ, "HOME": str(project.parent), "PATH": path, "ANSWER": str(answer), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.exists(), done.stderr
    return json.loads(answer.read_text(encoding="utf-8"))


def shown(row: list[Any]) -> list[Any]:
    """A diagnostic as Eglot shows it."""
    code, line, text, message = row
    return [line, text, f"iac-imds-lint [{code}]: {message}"]


def told(row: list[Any]) -> str:
    """What the command says in a line: the first that the server says."""
    return f"{row[3].splitlines()[0]} [safe fix]"


@needs("eglot")
def test_eglot_shows_what_is_found_saved_or_not(project: Path) -> None:
    pytest.importorskip("pygls")
    answer = in_emacs(
        project,
        "eglot",
        of("emacs.md", "eglot-server-programs"),
        """
        (let* ((web (opened "web/main.tf"))
               (before (diagnostics-at web '(8)))
               (bastion (diagnostics-at (opened "bastion/main.tf") '(2 13)))
               (clean (diagnostics-at (opened "clean/main.tf") '()))
               (values (opened "web/terraform.tfvars")))
          (type-over values "optional" "required")
          (let ((mended (diagnostics-at web '())))
            (type-over values "required" "optional")
            (answer (vector before bastion clean mended (diagnostics-at web '(8)) (logged)))))
        """,
    )
    code, line, text, message = WEAK
    place = "web/terraform.tfvars:1: var.http_tokens in terraform.tfvars"
    weak = [shown([code, line, text, f"{message}\n{place}"])]
    *found, logged = answer
    assert found == [weak, [shown(BASTION_WEAK), shown(JUMP_WEAK)], [], [], weak]
    assert [line for line in logged if "Traceback" in line] == []


@needs("flycheck")
def test_flycheck_shows_what_is_found_in_what_is_typed(project: Path) -> None:
    answer = in_emacs(
        project,
        "flycheck",
        of("emacs.md", "flycheck-define-checker"),
        """
        (defun found ()
          (flycheck-buffer)
          (wait-until (lambda () (not (flycheck-running-p))))
          (vconcat (mapcar (lambda (one) (vector (flycheck-error-id one) (flycheck-error-line one)
                                                 (flycheck-error-column one) (symbol-name (flycheck-error-level one))
                                                 (flycheck-error-message one)))
                           flycheck-current-errors)))
        (find-file "bastion/main.tf")
        (flycheck-mode 1)
        (let ((before (found)))
          (goto-char (point-min))
          (search-forward "\\"optional\\"")
          (replace-match "\\"required\\"")
          (answer (vector before (found) (symbol-name flycheck-last-status-change))))
        """,
    )
    bastion = ["IMDS001", 2, 1, "error", told(BASTION_WEAK)]
    jump = ["IMDS002", 13, 21, "error", told(JUMP_WEAK)]
    assert answer == [[bastion, jump], [bastion], "finished"]


@needs("lsp-mode")
def test_lsp_mode_takes_the_client(project: Path) -> None:
    answer = in_emacs(
        project,
        "lsp-mode",
        of("emacs.md", "lsp-register-client"),
        """
        (let ((client (gethash 'iac-imds-lint lsp-clients)))
          (answer (vector (lsp--client-add-on? client) (alist-get 'terraform-mode lsp-language-id-configuration))))
        """,
    )
    assert answer == [True, "terraform"]
