"""What a CI service says of the repository."""

from __future__ import annotations

from collections.abc import Mapping


def address(environment: Mapping[str, str]) -> str:
    """Where a browser finds the files of the commit that is judged, up to their names; empty where nobody says.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables and
    https://docs.gitlab.com/ci/variables/predefined_variables/ name the variables.
    """
    github = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
    if all(github):
        server, name, commit = github
        return f"{server}/{name}/blob/{commit}/"
    project, commit = environment.get("CI_PROJECT_URL", ""), environment.get("CI_COMMIT_SHA", "")
    return f"{project}/-/blob/{commit}/" if project and commit else ""
