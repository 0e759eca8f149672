namespace GitOps.Operator.Tests.Webhooks;

/// <summary>Pushes as each provider documents them, cut down to what counts and a little of what does not.</summary>
internal static class Payloads
{
    public const string Before = "1111111111111111111111111111111111111111";
    public const string After = "2222222222222222222222222222222222222222";

    public static string GitHub(string @ref = "refs/heads/main", string after = After) => $$"""
        {
          "ref": "{{@ref}}", "before": "{{Before}}", "after": "{{after}}", "created": false, "deleted": false, "forced": false,
          "base_ref": null, "compare": "https://github.com/acme/deploy/compare/1…2",
          "commits": [{"id": "{{after}}", "message": "Scale \"web\" — ünïcode", "added": [], "modified": ["apps/web/web.yaml"], "author": {"name": "Ann"} }],
          "repository": {
            "id": 1, "name": "deploy", "full_name": "acme/deploy", "private": true, "owner": {"login": "acme"},
            "html_url": "https://github.com/acme/deploy", "url": "https://api.github.com/repos/acme/deploy", "git_url": "git://github.com/acme/deploy.git",
            "ssh_url": "git@github.com:acme/deploy.git", "clone_url": "https://github.com/acme/deploy.git", "default_branch": "main"
          },
          "pusher": {"name": "ann"}, "sender": {"login": "ann"}
        }
        """;

    public static string GitLab(string kind = "push", string @ref = "refs/heads/main") => $$"""
        {
          "object_kind": "{{kind}}", "event_name": "{{kind}}", "before": "{{Before}}", "after": "{{After}}", "ref": "{{@ref}}", "checkout_sha": "{{After}}",
          "user_name": "Ann", "project_id": 15,
          "project": {
            "id": 15, "name": "deploy", "web_url": "https://gitlab.example.com/acme/sub/deploy", "avatar_url": null,
            "git_ssh_url": "git@gitlab.example.com:acme/sub/deploy.git", "git_http_url": "https://gitlab.example.com/acme/sub/deploy.git",
            "default_branch": "main", "path_with_namespace": "acme/sub/deploy"
          },
          "commits": [], "total_commits_count": 0
        }
        """;

    public const string GitLabSystem = $$"""
        {
          "event_name": "repository_update", "project_id": 1,
          "project": {"name": "deploy", "git_http_url": "http://gitlab.example.com/acme/sub/deploy.git", "default_branch": "main" },
          "changes": [{"before": "{{Before}}", "after": "{{After}}", "ref": "refs/heads/main" }, {"before": "0000000000000000000000000000000000000000", "after": "{{After}}", "ref": "refs/tags/v2" }],
          "refs": ["refs/heads/main", "refs/tags/v2"]
        }
        """;

    public const string Gitea = $$"""
        {
          "ref": "refs/heads/main", "before": "{{Before}}", "after": "{{After}}", "compare_url": "", "commits": [],
          "repository": {
            "id": 3, "full_name": "acme/deploy", "html_url": "https://git.example.com:3000/acme/deploy", "ssh_url": "ssh://git@git.example.com:2222/acme/deploy.git",
            "clone_url": "https://git.example.com:3000/acme/deploy.git", "default_branch": "main"
          },
          "pusher": {"login": "ann" }
        }
        """;

    public const string GiteaTag = """
        { "ref": "v2.1.0", "ref_type": "tag", "sha": "2222222222222222222222222222222222222222",
          "repository": {"clone_url": "https://git.example.com:3000/acme/deploy.git", "default_branch": "main" } }
        """;

    public const string BitbucketCloud = $$"""
        {
          "actor": {"nickname": "ann" },
          "repository": {"full_name": "acme/deploy", "name": "deploy", "links": {"self": {"href": "https://api.bitbucket.org/2.0/repositories/acme/deploy" }, "html": {"href": "https://bitbucket.org/acme/deploy" } } },
          "push": {"changes": [
            {"new": {"type": "branch", "name": "main", "target": {"hash": "{{After}}" } }, "old": {"type": "branch", "name": "main", "target": {"hash": "{{Before}}" } }, "created": false },
            {"new": null, "old": {"type": "tag", "name": "v1", "target": {"hash": "{{Before}}" } }, "closed": true }
          ] }
        }
        """;

    public const string BitbucketServer = $$"""
        {
          "eventKey": "repo:refs_changed", "date": "2026-01-01T00:00:00+0000", "actor": {"name": "ann" },
          "repository": {"slug": "deploy", "id": 84, "project": {"key": "ACME" }, "links": {
            "clone": [{"href": "https://bitbucket.example.com/scm/acme/deploy.git", "name": "http" }, {"href": "ssh://git@bitbucket.example.com:7999/acme/deploy.git", "name": "ssh" }],
            "self": [{"href": "https://bitbucket.example.com/projects/ACME/repos/deploy/browse" }] } },
          "changes": [{"ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH" }, "refId": "refs/heads/main", "fromHash": "{{Before}}", "toHash": "{{After}}", "type": "UPDATE" }]
        }
        """;

    public const string AzureDevOps = $$"""
        {
          "subscriptionId": "00000000-0000-0000-0000-000000000000", "notificationId": 1, "id": "03c164c2-8912-4d5e-8009-3707d5f83734", "eventType": "git.push", "publisherId": "tfs",
          "message": {"text": "Ann pushed" },
          "resource": {
            "commits": [{"commitId": "{{After}}", "comment": "x" }],
            "refUpdates": [{"name": "refs/heads/main", "oldObjectId": "{{Before}}", "newObjectId": "{{After}}" }],
            "repository": {"id": "2", "name": "deploy", "url": "https://dev.azure.com/acme/_apis/git/repositories/2", "defaultBranch": "refs/heads/main", "remoteUrl": "https://acme@dev.azure.com/acme/My%20Team/_git/deploy" },
            "pushId": 14
          }
        }
        """;

    public const string Generic = """{"repository": "https://git.example.com/acme/deploy.git", "ref": "main"}""";
}
