using System.Security.Cryptography.X509Certificates;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Credentials;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Git;

public sealed class HungServerTests : IDisposable
{
    private readonly PrivateBed _bed = new();
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _bed.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("https")]
    [InlineData("ssh")]
    public async Task A_server_that_says_nothing_is_given_up_at_the_time_limit(string scheme)
    {
        using var server = new HungServer(null);
        var repositories = _bed.Open();
        RepositoryAddress address = new($"{scheme}://localhost:{server.Port}/team/app.git", "platform");

        var refreshing = repositories.RefreshAsync(address, GitTestBed.None);
        await GitTestBed.EventuallyAsync(() => server.Served == 1, "git has called");
        _bed.Bed.Time.Advance(TimeSpan.FromSeconds(20));

        await IsGivenUpAsync(refreshing);
    }

    [Fact]
    public async Task A_server_that_answers_a_byte_at_a_time_is_given_up_at_the_time_limit()
    {
        using var certificate = Certificate();
        using var server = new HungServer(certificate);
        _bed.Book.Share(shared => shared with { Authorities = shared.Authorities.Add("localhost", _certificates.Authority) });
        var repositories = _bed.Open();
        RepositoryAddress address = new($"https://localhost:{server.Port}/team/app.git", "platform");

        var refreshing = repositories.RefreshAsync(address, GitTestBed.None);
        // A cheap look that has no connection in time, as on a slow machine, is not served at all.
        await GitTestBed.EventuallyAsync(() => server.Served >= 1, "the cheap look has begun");
        _bed.Bed.Time.Advance(TimeSpan.FromSeconds(10));
        await GitTestBed.EventuallyAsync(() => server.HasServedGit, "git has called");
        _bed.Bed.Time.Advance(TimeSpan.FromSeconds(20));

        await IsGivenUpAsync(refreshing);
    }

    private static async Task IsGivenUpAsync(Task refreshing)
    {
        var failure = await Should.ThrowAsync<GitException>(() => refreshing);
        failure.Kind.ShouldBe(GitFailure.Timeout);
        failure.Message.ShouldContain("git ls-remote took longer than 20 s and was stopped; retrying");
    }

    private X509Certificate2 Certificate()
    {
        var (certificate, key) = _certificates.Server();
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
