using System.Diagnostics;
using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Charts.Provenance;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Charts;

/// <summary>Charts signed by the real helm, and their provenance files in the hands of others.</summary>
public sealed class ProvenanceTests : IAsyncLifetime
{
    private static readonly Dictionary<string, DateTimeOffset?> Keys = new(StringComparer.Ordinal) { ["AB"] = null };

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;
    private byte[] _package = [];
    private byte[] _provenance = [];
    private byte[] _key = [];
    private byte[] _otherKey = [];
    private string _listing = string.Empty;

    private string Home => Path.Combine(_bed.Root, "gnupg");

    public async ValueTask InitializeAsync()
    {
        var helm = TestProgram.Require("GITOPS_TEST_HELM");
        Directory.CreateDirectory(Home);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await GpgAsync("--quick-gen-key", "Alice <alice@example.org>", "rsa2048", "sign", "never");
        await GpgAsync("--quick-gen-key", "Mallory <mallory@example.org>", "rsa2048", "sign", "never");
        _key = await GpgAsync("--armor", "--export", "alice@example.org");
        _otherKey = await GpgAsync("--export", "mallory@example.org");
        var ring = Path.Combine(_bed.Root, "secring.gpg");
        await File.WriteAllBytesAsync(ring, await GpgAsync("--export-secret-keys", "alice@example.org"), ChartBed.Cancellation);
        var chart = Path.Combine(_bed.Root, "web");
        Directory.CreateDirectory(chart);
        await File.WriteAllTextAsync(Path.Combine(chart, "Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\ndescription: |\n  two\n  lines\n", ChartBed.Cancellation);
        await helm.RunAsync("package", chart, "--destination", _bed.Root, "--sign", "--key", "alice@example.org", "--keyring", ring);
        _package = await File.ReadAllBytesAsync(Path.Combine(_bed.Root, "web-1.0.0.tgz"), ChartBed.Cancellation);
        _provenance = await File.ReadAllBytesAsync(Path.Combine(_bed.Root, "web-1.0.0.tgz.prov"), ChartBed.Cancellation);
        _server = await _bed.ServerAsync();
        Serve(_package, _provenance);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task A_chart_that_is_signed_with_a_known_key_holds()
    {
        var signature = await VerifyAsync(_otherKey, _key);
        signature.Finding.Signer.ShouldBe("Alice <alice@example.org>");
        signature.Finding.Fingerprint!.Length.ShouldBe(40);
        await VerifyAsync(_otherKey, _key);
        _server.Count("/web-1.0.0.tgz.prov").ShouldBe(1);
    }

    [Fact]
    public async Task A_chart_in_a_registry_is_verified_the_same_way()
    {
        var registry = new TestRegistry(_server);
        registry.Push("charts/web", "1.0.0", _package, provenance: _provenance);
        registry.Push("charts/web", "1.0.0-unsigned", _package);
        var chart = new ChartReference($"oci://{registry.Host}/charts", "web", "1.0.0");
        (await VerifyAsync(chart, _key)).Finding.Signer.ShouldBe("Alice <alice@example.org>");
        (await Should.ThrowAsync<GitException>(() => VerifyAsync(chart with { Version = "1.0.0-unsigned" }, _key))).Message.ShouldContain("no provenance file");
    }

    [Fact]
    public async Task An_unknown_key_is_refused() => (await RefusedAsync(_otherKey)).ShouldContain("is signed by a key that is not among the given ones");

    [Fact]
    public async Task No_key_at_all_is_refused() => (await RefusedAsync()).ShouldContain("no key is given");

    [Fact]
    public async Task A_key_that_is_none_is_refused() => (await RefusedAsync(Encoding.ASCII.GetBytes("no key"))).ShouldContain("no OpenPGP public key");

    [Fact]
    public async Task A_chart_that_is_not_signed_is_refused()
    {
        _server.On("/web-1.0.0.tgz.prov", 404);
        (await RefusedAsync(_key)).ShouldContain("has no provenance file");
    }

    [Fact]
    public async Task A_key_that_will_expire_is_good_until_then_and_a_chart_is_looked_at_again()
    {
        await GpgAsync("--quick-set-expire", await FingerprintAsync(), "1d");
        var expiring = await GpgAsync("--armor", "--export", "alice@example.org");

        var signature = await VerifyAsync(expiring);

        var until = signature.Finding.GoodUntil.ShouldNotBeNull();
        until.ShouldBeGreaterThan(TimeProvider.System.GetUtcNow());
        await VerifyAsync(expiring);
        _server.Count("/web-1.0.0.tgz.prov").ShouldBe(1);
        _bed.Time.Advance(until - _bed.Time.GetUtcNow());
        await VerifyAsync(expiring);
        _server.Count("/web-1.0.0.tgz.prov").ShouldBe(2);
    }

    [Fact]
    public async Task A_key_that_has_expired_is_refused()
    {
        await GpgAsync("--quick-set-expire", await FingerprintAsync(), "seconds=1");
        await FingerprintAsync();
        var expired = await GpgAsync("--armor", "--export", "alice@example.org");
        await ChartBed.UntilAsync(() => GpgStatus.Keys(_listing).Values.All(static end => end + TimeSpan.FromSeconds(2) < TimeProvider.System.GetUtcNow()), "the key expires");

        (await RefusedAsync(expired)).ShouldContain("is signed by a key that has expired");
    }

    [Fact]
    public async Task What_was_verified_is_what_is_opened_even_where_the_index_tells_no_digest()
    {
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", null)));
        var chart = new ChartReference(_server.Url, "web", "1.0.0");
        await _bed.Repositories.RefreshAsync(chart, ChartBed.Cancellation);
        var resolved = await _bed.ResolveAsync(chart);
        resolved.Digest.ShouldBeEmpty();
        var signature = await VerifyAsync(_key);
        signature.Digest.ShouldBe(ChartPackage.Digest(_package));
        _bed.Restart();
        Directory.Delete(Path.Combine(_bed.Options.CacheDirectory, "packages"), recursive: true);
        _server.On("/web-1.0.0.tgz", ChartPackage.Of("web", "1.0.0", ("values.yaml", "hostile: true\n")));

        var failure = await Should.ThrowAsync<GitException>(() => _bed.Repositories.OpenAsync(chart, resolved with { Digest = signature.Digest }, ChartBed.Cancellation));

        failure.Message.ShouldContain("is not what the repository says that it is");
    }

    [Fact]
    public async Task A_provenance_file_that_cannot_be_had_now_is_no_verdict()
    {
        _server.On("/web-1.0.0.tgz.prov", 503);
        (await Should.ThrowAsync<GitException>(() => VerifyAsync(_key))).Kind.ShouldBe(GitFailure.Unreachable);
    }

    [Fact]
    public async Task A_changed_text_is_refused()
    {
        Serve(_package, Replaced("version: 1.0.0", "version: 1.0.1"));
        (await RefusedAsync(_key)).ShouldContain("its signature is bad");
    }

    [Fact]
    public async Task A_text_that_is_not_signed_at_all_is_refused()
    {
        var text = Encoding.UTF8.GetString(_provenance);
        Serve(_package, Encoding.UTF8.GetBytes(text[text.IndexOf("apiVersion", StringComparison.Ordinal)..text.IndexOf("-----BEGIN PGP SIGNATURE", StringComparison.Ordinal)]));
        (await RefusedAsync(_key)).ShouldContain("not signed");
    }

    [Fact]
    public async Task A_text_before_or_beside_what_is_signed_means_nothing()
    {
        var other = ChartPackage.Of("web", "1.0.0", ("values.yaml", "hostile: true\n"));
        Serve(other, [.. Encoding.UTF8.GetBytes($"name: web\nversion: 1.0.0\n\n...\nfiles:\n  web-1.0.0.tgz: {ChartPackage.Digest(other)}\n"), .. _provenance]);
        (await RefusedAsync(_key)).ShouldContain("for a package with another digest");
        Serve(other, [.. _provenance, .. _provenance]);
        await RefusedAsync(_key);
    }

    [Fact]
    public async Task Another_package_than_the_signed_one_is_refused()
    {
        Serve(ChartPackage.Of("web", "1.0.0", ("values.yaml", "hostile: true\n")), _provenance);
        (await RefusedAsync(_key)).ShouldContain("for a package with another digest");
    }

    [Fact]
    public async Task A_provenance_file_of_another_chart_is_refused()
    {
        var package = ChartPackage.Of("db", "1.0.0");
        _server.On("/index.yaml", ChartPackage.Index(("db", "1.0.0", "db-1.0.0.tgz", package)));
        _server.On("/db-1.0.0.tgz", package);
        _server.On("/db-1.0.0.tgz.prov", _provenance);
        (await Should.ThrowAsync<GitException>(() => VerifyAsync(new ChartReference(_server.Url, "db", "1.0.0"), _key))).Message.ShouldContain("is for another chart: web 1.0.0");
    }

    [Fact]
    public async Task Without_gpg_it_is_said_what_is_missing()
    {
        _bed.Options = _bed.Options with { GpgProgram = "gpg-that-is-not-there" };
        (await Should.ThrowAsync<GitException>(() => VerifyAsync(_key))).Message.ShouldContain("install GnuPG");
    }

    [Theory]
    [InlineData("[GNUPG:] NEWSIG\n[GNUPG:] REVKEYSIG AB Alice\n[GNUPG:] VALIDSIG AB\n", "revoked")]
    [InlineData("[GNUPG:] NEWSIG\n[GNUPG:] EXPKEYSIG AB Alice\n[GNUPG:] VALIDSIG AB\n", "expired")]
    [InlineData("[GNUPG:] NEWSIG\n[GNUPG:] EXPSIG AB Alice\n[GNUPG:] VALIDSIG AB\n", "expired")]
    [InlineData("[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB Alice\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB Alice\n[GNUPG:] VALIDSIG AB\n", "several")]
    [InlineData("[GNUPG:] PLAINTEXT 62 0 \n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG CD Mallory\n[GNUPG:] VALIDSIG CD 2026-01-01 1767225600 0 4 0 1 8 01 CD\n", "not among the given ones")]
    [InlineData("[GNUPG:] PLAINTEXT 62 0 \n[GNUPG:] PLAINTEXT 74 0 \n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB Alice\n[GNUPG:] VALIDSIG AB 2026-01-01 1767225600 0 4 0 1 8 01 AB\n", "more than one")]
    [InlineData("gpg: GOODSIG AB Alice\n", "not signed")]
    [InlineData("", "not signed")]
    public void Only_one_good_signature_of_one_text_counts(string status, string words) =>
        Should.Throw<GitException>(() => SignedText.Read(status, Keys, "it")).Message.ShouldContain(words);

    private byte[] Replaced(string old, string other) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(_provenance).Replace(old, other, StringComparison.Ordinal));

    private void Serve(byte[] package, byte[] provenance)
    {
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web-1.0.0.tgz", package)));
        _server.On("/web-1.0.0.tgz", package);
        _server.On("/web-1.0.0.tgz.prov", provenance);
    }

    private Task<ChartSignature> VerifyAsync(params byte[][] keys) => VerifyAsync(new ChartReference(_server.Url, "web", "1.0.0"), keys);

    private async Task<ChartSignature> VerifyAsync(ChartReference chart, params byte[][] keys) => await _bed.Repositories.VerifyAsync(
        chart, await _bed.ResolveAsync(chart), [.. keys.Select(static key => (ReadOnlyMemory<byte>)key)], ChartBed.Cancellation);

    private async Task<string> RefusedAsync(params byte[][] keys)
    {
        await _bed.Repositories.RefreshAsync(new(_server.Url, "web", "1.0.0"), ChartBed.Cancellation);
        var failure = await Should.ThrowAsync<GitException>(() => VerifyAsync(keys));
        failure.Kind.ShouldBe(GitFailure.NotVerified);
        return failure.Message;
    }

    private async Task<string> FingerprintAsync()
    {
        _listing = Encoding.UTF8.GetString(await GpgAsync("--with-colons", "--list-keys", "alice@example.org"));
        return GpgStatus.Keys(_listing).Keys.First();
    }

    private async Task<byte[]> GpgAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("gpg", ["--homedir", Home, "--batch", "--no-tty", "--passphrase", string.Empty, "--pinentry-mode", "loopback", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(ChartBed.Cancellation);
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, ChartBed.Cancellation);
        await process.WaitForExitAsync(ChartBed.Cancellation);
        process.ExitCode.ShouldBe(0, await error);
        return output.ToArray();
    }
}
