using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Credentials;

public sealed class CredentialBookTests : IDisposable
{
    private const string Url = "https://git.example.org/team/app.git";

    private readonly GitHubTokens _tokens = new(TimeProvider.System);
    private readonly CredentialBook _book;

    public CredentialBookTests() => _book = new(new TrustPolicy("gitops-system", ["platform"], null), _tokens);

    public void Dispose() => _tokens.Dispose();

    [Theory]
    [InlineData("gitops-system", "", "gitops-system", true)]
    [InlineData("gitops-system", "", "platform", true)]
    [InlineData("gitops-system", "", "team-a", false)]
    [InlineData("gitops-system", "team-*", "team-a", true)]
    [InlineData("gitops-system", "team-b, team-a", "team-a", true)]
    [InlineData("gitops-system", "team-b", "team-a", false)]
    [InlineData("team-a", "", "team-a", true)]
    [InlineData("team-a", "*", "team-b", false)]
    [InlineData("team-a", "*", "platform", false)]
    [InlineData("team-a", "", "", false)]
    public void A_Secret_serves_only_those_who_may_use_it(string home, string allowed, string tenant, bool expected)
    {
        _book.Set(Secrets.Repository(home, "login", ("url", Url), ("password", "x")).Allowing(allowed).Read());

        (_book.Find(new(Url, tenant), RepositoryKind.Git) is not null).ShouldBe(expected);
    }

    [Fact]
    public void The_repository_s_own_Secret_goes_before_templates_and_the_longest_template_before_others()
    {
        Template("host", "https://git.example.org");
        Found().ShouldBe("gitops-system/host");
        Template("team", "https://git.example.org/team/");
        Template("aaa", "https://git.example.org/te");
        Template("elsewhere", "https://git.example.org.evil.net");
        Found().ShouldBe("gitops-system/team");
        _book.Set(Secrets.Template("platform", "own", ("url", "https://git.example.org/team"), ("password", "x")).Read());
        Found().ShouldBe("platform/own");
        _book.Set(Secrets.Repository("gitops-system", "exact", ("url", "https://GIT.example.org/team/app"), ("password", "x")).Read());
        Found().ShouldBe("gitops-system/exact");
        _book.Remove(new("gitops-system", "exact"));
        Found().ShouldBe("platform/own");

        void Template(string name, string url) => _book.Set(Secrets.Template("gitops-system", name, ("url", url), ("password", "x")).Read());

        string Found() => _book.Find(new(Url, "platform"), RepositoryKind.Git)!.Origin;
    }

    [Fact]
    public void A_Secret_without_a_login_takes_that_of_the_template_beside_it_and_of_no_other_namespace()
    {
        _book.Set(Secrets.Template("gitops-system", "host", ("url", "https://git.example.org"), ("username", "ada"), ("password", "x")).Allowing("*").Read());
        _book.Set(Secrets.Repository("gitops-system", "app", ("url", Url), ("enableLfs", "true")).Allowing("*").Read());
        var merged = _book.Find(new(Url, "team-a"), RepositoryKind.Git)!;
        (merged.Username, merged.IsLfsEnabled, merged.Origin).ShouldBe(("ada", true, "gitops-system/app and template gitops-system/host"));

        // Else a tenant's proxy would be sent what the administrator's template holds.
        _book.Set(Secrets.Repository("team-a", "mine", ("url", Url), ("proxy", "http://tenant:1"), ("insecure", "true")).Read());
        var own = _book.Find(new(Url, "team-a"), RepositoryKind.Git)!;
        (own.Origin, own.Username, own.Password).ShouldBe(("team-a/mine", null, null));
    }

    [Fact]
    public void A_Secret_for_charts_is_none_for_Git()
    {
        _book.Set(Secrets.Repository("gitops-system", "charts", ("url", "https://charts.example.org/stable"), ("type", "helm"), ("password", "x")).Read());
        _book.Set(Secrets.Repository("gitops-system", "registry", ("url", "registry.example.org/charts"), ("type", "helm"), ("enableOCI", "true"), ("password", "x")).Read());

        _book.Find(new("https://charts.example.org/stable", "platform"), RepositoryKind.Helm)!.Origin.ShouldBe("gitops-system/charts");
        _book.Find(new("https://charts.example.org/stable", "platform"), RepositoryKind.Git).ShouldBeNull();
        _book.Find(new("oci://registry.example.org/charts", "platform"), RepositoryKind.Oci)!.Origin.ShouldBe("gitops-system/registry");
        _book.Find(new("registry.example.org/charts", "platform"), RepositoryKind.Oci)!.Origin.ShouldBe("gitops-system/registry");
    }

    [Fact]
    public void A_change_is_told_only_if_something_else_is_said()
    {
        var told = 0;
        _book.Changed += (_, _) => told++;
        _book.Set(Secrets.Repository("platform", "login", ("url", Url), ("password", "one")).Read()).ShouldBeTrue();
        var first = _book.Find(new(Url, "platform"), RepositoryKind.Git)!;
        _book.Set(Secrets.Repository("platform", "login", ("url", Url), ("password", "one")).Read()).ShouldBeFalse();
        _book.Find(new(Url, "platform"), RepositoryKind.Git)!.Version.ShouldBe(first.Version);
        told.ShouldBe(1);

        _book.Set(Secrets.Repository("platform", "login", ("url", Url), ("password", "two")).Read()).ShouldBeTrue();
        var second = _book.Find(new(Url, "platform"), RepositoryKind.Git)!;
        (second.Version == first.Version, second.Identity == first.Identity, told).ShouldBe((false, true, 2));
        _book.Set(Secrets.Repository("platform", "login", ("url", Url), ("password", "two")).Allowing("x").Read()).ShouldBeTrue();
        _book.Remove(new("platform", "nobody"));
        told.ShouldBe(3);
    }

    [Fact]
    public async Task Whatever_is_printed_has_no_value_in_it()
    {
        var secret = Secrets.Repository("platform", "login", ("url", Url), ("username", "ada"), ("password", "s3cret")).Read();
        _book.Set(secret);
        var login = await _book.LoginAsync(secret.Credential, Url, TestContext.Current.CancellationToken);

        login.ShouldBe(new BasicLogin("ada", "s3cret"));
        $"{secret} {secret.Credential} {login} {new GitHubApp("1", "2", "s3cret", null)}".ShouldNotContain("s3cret");

        var broken = Secrets.Repository("platform", "login", ("url", Url), ("insecure", "s3cret")).Read().Credential;
        var failure = await Should.ThrowAsync<GitException>(async () => await _book.LoginAsync(broken, Url, TestContext.Current.CancellationToken));
        (failure.Kind, failure.Message).ShouldBe((GitFailure.InvalidCredential, "Secret platform/login: key insecure is neither true nor false"));
    }
}
