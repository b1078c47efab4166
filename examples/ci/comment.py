#!/usr/bin/env python3
"""Puts a Markdown file under the pull request (GitHub) or merge request (GitLab) that this job runs for. The file's
first line is a hidden marker; a comment that begins with it is updated in place, so that there is one, however often
the job runs. Outside a request, or without a token, nothing is done.

  comment.py gate.md

GitHub: GITHUB_TOKEN with permission `pull-requests: write`. GitLab: GITLAB_TOKEN, a project access token with scope
`api`, masked (the job's own token cannot write notes).
"""
import json
import os
import re
import sys
import urllib.request

PAGES_MAX = 20  # of 100 comments


def call(method, url, headers, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method,
                                     headers={"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def place():
    """Address of the request's comments, of one comment, the headers, and the method of an update."""
    env = os.environ
    pull = re.fullmatch(r"refs/pull/(\d+)/\w+", env.get("GITHUB_REF", ""))
    if pull and env.get("GITHUB_TOKEN"):
        issues = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        headers = {"Authorization": "Bearer " + env["GITHUB_TOKEN"], "Accept": "application/vnd.github+json"}
        return f"{issues}/{pull[1]}/comments", issues + "/comments/{}", headers, "PATCH"
    if env.get("CI_MERGE_REQUEST_IID") and env.get("GITLAB_TOKEN"):
        notes = (f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}/merge_requests/"
                 f"{env['CI_MERGE_REQUEST_IID']}/notes")
        return notes, notes + "/{}", {"PRIVATE-TOKEN": env["GITLAB_TOKEN"]}, "PUT"
    return None


def earlier(comments, headers, marker):
    for page in range(1, PAGES_MAX + 1):
        found = call("GET", f"{comments}?per_page=100&page={page}", headers)
        for one in found:
            if one["body"].startswith(marker):
                return one["id"]
        if len(found) < 100:
            break
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    where = place()
    if where is None:
        print("comment: not in a pull or merge request, or no token: nothing is written")
        return
    if not os.path.exists(sys.argv[1]):
        print(f"comment: {sys.argv[1]} is not there: the gate did not get that far")
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    marker = text.split("\n", 1)[0]
    if not re.fullmatch(r"<!-- assay-gate:\S+ -->", marker):
        sys.exit(f"{sys.argv[1]}:1: `{marker[:80]}`, expected the marker of `assay gate --markdown`")
    comments, one, headers, method = where
    known = earlier(comments, headers, marker)
    if known is None:
        call("POST", comments, headers, {"body": text})
        print("comment: written")
    else:
        call(method, one.format(known), headers, {"body": text})
        print("comment: updated")


if __name__ == "__main__":
    main()
