using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class GitUrlTests
{
    [Theory]
    [InlineData("https://github.com/org/repo", "https://github.com/org/repo")]
    [InlineData("https://github.com/org/repo.git", "https://github.com/org/repo")]
    [InlineData("https://github.com/org/repo/", "https://github.com/org/repo")]
    [InlineData("https://github.com/org/repo.git/", "https://github.com/org/repo")]
    [InlineData("HTTPS://GitHub.com:443/org/repo", "https://github.com/org/repo")]
    [InlineData("https://github.com/Org/Repo", "https://github.com/Org/Repo")]
    [InlineData("https://example.org:8443/r", "https://example.org:8443/r")]
    [InlineData("https://me@dev.azure.com/o/p/_git/r", "https://me@dev.azure.com/o/p/_git/r")]
    [InlineData("ssh://git@GitHub.com/org/repo.git", "ssh://git@github.com/org/repo")]
    [InlineData("ssh://git@github.com:22/org/repo", "ssh://git@github.com/org/repo")]
    [InlineData("git@github.com:org/repo.git", "ssh://git@github.com/org/repo")]
    [InlineData("/srv/repo/", "file:///srv/repo")]
    [InlineData("file:///srv/../srv/repo", "file:///srv/repo")]
    [InlineData("file://localhost/srv/repo", "file:///srv/repo")]
    [InlineData("file:///srv/repo.git", "file:///srv/repo.git")]
    public void Equal_repositories_have_equal_keys(string url, string key) => GitUrl.Parse(url, allowLocal: true).Key.ShouldBe(key);

    [Theory]
    [InlineData("", GitFailure.InvalidUrl)]
    [InlineData("-u/tmp/evil", GitFailure.InvalidUrl)]
    [InlineData("--upload-pack=touch /tmp/x", GitFailure.InvalidUrl)]
    [InlineData("--upload-pack=evil", GitFailure.InvalidUrl)]
    [InlineData("ext::sh -c touch", GitFailure.InvalidUrl)]
    [InlineData("ext::sh", GitFailure.NotAllowed)]
    [InlineData("fd::17", GitFailure.NotAllowed)]
    [InlineData("::x", GitFailure.NotAllowed)]
    [InlineData("http://example.org/r", GitFailure.NotAllowed)]
    [InlineData("git://example.org/r", GitFailure.NotAllowed)]
    [InlineData("ftp://example.org/r", GitFailure.NotAllowed)]
    [InlineData("https://user:secret@example.org/r", GitFailure.InvalidUrl)]
    [InlineData("https://example.org/r\nhttps://x", GitFailure.InvalidUrl)]
    [InlineData("https://example.org/r\0", GitFailure.InvalidUrl)]
    [InlineData("https://example.org/a b", GitFailure.InvalidUrl)]
    [InlineData("https://example.org/r#main", GitFailure.InvalidUrl)]
    [InlineData("https:///r", GitFailure.InvalidUrl)]
    [InlineData("ssh://-oProxyCommand=evil/r", GitFailure.InvalidUrl)]
    [InlineData("ssh://-oProxyCommand=evil@host/r", GitFailure.InvalidUrl)]
    [InlineData("-oProxyCommand=evil:r", GitFailure.InvalidUrl)]
    [InlineData("git@-evil:r", GitFailure.InvalidUrl)]
    [InlineData("git@host:-evil", GitFailure.InvalidUrl)]
    [InlineData("../relative", GitFailure.InvalidUrl)]
    [InlineData("repo", GitFailure.InvalidUrl)]
    [InlineData("C:\\repo", GitFailure.InvalidUrl)]
    [InlineData("file://host/repo", GitFailure.InvalidUrl)]
    [InlineData("file://", GitFailure.InvalidUrl)]
    internal void Dangerous_and_malformed_urls_are_refused(string url, GitFailure kind)
    {
        var failure = Should.Throw<GitException>(() => GitUrl.Parse(url, allowLocal: true));

        failure.Kind.ShouldBe(kind);
        failure.Message.ShouldNotContain("secret");
        failure.Message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("/srv/repo")]
    [InlineData("file:///srv/repo")]
    [InlineData("FILE:///srv/repo")]
    public void Local_repositories_are_refused_unless_allowed(string url)
    {
        var failure = Should.Throw<GitException>(() => GitUrl.Parse(url, allowLocal: false));

        failure.Kind.ShouldBe(GitFailure.NotAllowed);
        failure.Message.ShouldContain("--allow-local-repositories");
    }
}
