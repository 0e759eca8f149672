using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Git;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Credentials;

public sealed class PrivateSshTests : IAsyncLifetime
{
    private readonly PrivateBed _bed = new();
    private SshGitServer _server = null!;
    private (string Private, string Public) _key;

    public async ValueTask InitializeAsync()
    {
        _server = await SshGitServer.StartAsync(Path.Combine(_bed.Bed.Root, "sshd"));
        _key = await SshGitServer.NewKeyAsync(Path.Combine(_bed.Bed.Root, "key"));
        _server.SetKeys(_key.Public);
    }

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        _bed.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Url => _server.Url(_bed.Source.Path);

    private RepositoryAddress Address => new(Url, "platform");

    [Fact]
    public async Task A_key_opens_a_repository_whose_server_is_known_and_its_rotation_takes_effect_at_once()
    {
        var repositories = _bed.Open();
        Set(_key.Private, _server.KnownHost);
        await _bed.ReadsAsync(repositories, Address);
        _bed.Arguments.ShouldContain("StrictHostKeyChecking=yes");

        var next = await SshGitServer.NewKeyAsync(Path.Combine(_bed.Bed.Root, "next"));
        _server.SetKeys(next.Public);
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message
            .ShouldContain("Permission denied (publickey).; the key of Secret platform/key was used: check that the server knows its public half");
        Set(next.Private, _server.KnownHost);
        await GitTestBed.EventuallyAsync(() => repositories.StateOf(Address).Failure is null, "the new key is used");
        var second = _bed.Source.CommitFile("a.yaml", "a: 2");
        await _bed.ReadsAsync(repositories, Address, second);
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_server_that_is_not_known_is_refused_with_what_to_add_where()
    {
        var repositories = _bed.Open();
        Set(_key.Private, null);

        (await _bed.FailsAsync(repositories, Address, GitFailure.UntrustedServer)).Message.ShouldContain(
            "add the line that ssh-keyscan prints for it, once its administrator has confirmed the fingerprint, to key known_hosts of Secret platform/key, or to ConfigMap argocd-ssh-known-hosts-cm");

        _bed.Book.Share(shared => shared with { KnownHosts = _server.KnownHost });
        (await _bed.ReadsAsync(repositories, Address)).ShouldBeEmpty();
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_server_with_another_key_than_known_is_refused()
    {
        var repositories = _bed.Open();
        Set(_key.Private, $"[127.0.0.1]:{_server.Port} {_key.Public}");

        (await _bed.FailsAsync(repositories, Address, GitFailure.UntrustedServer)).Message.ShouldContain("somebody may be between us and it");
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task Insecure_is_obeyed_and_shown()
    {
        var repositories = _bed.Open();
        _bed.Set("platform", "key", ("url", Url), ("sshPrivateKey", _key.Private), ("insecureIgnoreHostKey", "true"));

        (await _bed.ReadsAsync(repositories, Address)).ShouldEndWith("who the server is is not checked, as Secret platform/key asks for (insecure)");
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task Without_a_Secret_no_key_of_ours_is_offered()
    {
        var repositories = _bed.Open();
        _bed.Book.Share(shared => shared with { KnownHosts = _server.KnownHost });

        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message.ShouldContain("no Secret for this URL may be used");
        _bed.Arguments.ShouldContain("IdentityFile=none");
    }

    private void Set(string key, string? knownHosts) => _bed.Set(
        "platform", "key", [("url", Url), ("sshPrivateKey", key), .. knownHosts is null ? Array.Empty<(string, string)>() : [("known_hosts", knownHosts)]]);
}
