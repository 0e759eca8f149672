using System.Text;
using System.Text.Json.Nodes;
using GitOps.Operator.Api;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Tests.Syncing.Bed;

namespace GitOps.Operator.Tests.Verifying;

/// <summary>Several sources, of which each says who may deploy: one that may not be deployed keeps all of them where they are.</summary>
public sealed class VerifiedSourcesTests : IAsyncLifetime
{
    private const string One = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9ajhnPEJQs8PPg0JoKUdic7CzroKUVWJPnoVnpW5Z9 one@example.org";
    private const string Two = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINbXr/3nC0vTPQtPWMloZmQy/goeFCYenL4qr6UohyW+ two@example.org";
    private const string Signed = """{"mode": "HEAD", "keys": [{"secretRef": {"name": "one"}}]}""";

    private readonly Scene _scene = new();
    private readonly MemorySignatures _signatures;
    private readonly SceneCommands _commands;

    public VerifiedSourcesTests()
    {
        _signatures = new(_scene.Time);
        _scene.Repositories.History = _signatures;
        _commands = new(_scene);
    }

    public async ValueTask InitializeAsync()
    {
        await RunAsync("begin");
        await PutKeyAsync("one", One);
        await PutKeyAsync("two", Two);
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task One_source_that_is_not_verified_keeps_all_of_them_back_and_is_named()
    {
        await SpecAsync("", Policy(Signed));
        await CommitAsync("a", 1, isSigned: false);
        await CommitAsync("b", 1, isSigned: true);
        await RunAsync("run");
        Revisions().ShouldBe("a1,b1");

        await CommitAsync("b", 2, isSigned: false);
        await CommitAsync("a", 2, isSigned: false);
        await RunAsync("run");
        Verified().ShouldBe("False NotSigned: spec.sources[1]: commit b2b2b2b is not deployed: it is not signed");
        Values().ShouldBe("a1 b1");
        Status()["sync"]!["revisions"]!.ToJsonString().ShouldBe($"[\"{MemoryRepositories.ShaOf("a", 1)}\",\"{MemoryRepositories.ShaOf("b", 1)}\"]");

        await CommitAsync("b", 3, isSigned: true);
        await RunAsync("run");
        Values().ShouldBe("a2 b3");
        Verified().ShouldStartWith("True Verified: spec.sources[1]: ");
    }

    [Fact]
    public async Task All_that_are_in_the_way_are_named_each_with_its_own_way_out()
    {
        await SpecAsync(Policy("""{"mode": "Strict", "keys": [{"secretRef": {"name": "one"}}]}"""), """, "allowedRevisions": ["v*"], "verify": {"requireReview": ["MergeCommit"]}""");
        await CommitAsync("a", 1, isSigned: false);
        await CommitAsync("b", 1, isSigned: false);
        await RunAsync("run");
        Verified().ShouldSatisfyAllConditions(
            static said => said.ShouldStartWith("False NotSigned: spec.sources[0]: commit 1111111 is not deployed: it is not signed; spec.sources[1]: commit b1b1b1b is not deployed: "),
            static said => said.ShouldContain("not among the allowed revisions (v*)"));
        Values().ShouldBeEmpty();

        await SpecAsync(string.Empty, Policy("""{"requireReview": ["MergeCommit"]}"""));
        await RunAsync("run");
        Verified().ShouldStartWith("False NotReviewed: spec.sources[1]: commit b1b1b1b is not deployed: it was pushed without a review");
    }

    [Fact]
    public async Task A_key_that_expires_is_missed_at_once_and_what_is_there_is_still_healed()
    {
        await SpecAsync(string.Empty, Policy(Signed));
        _signatures.Expires = _scene.Time.GetUtcNow().AddMinutes(30);
        await CommitAsync("a", 1, isSigned: false);
        await CommitAsync("b", 1, isSigned: true);
        await RunAsync("run");
        Values().ShouldBe("a1 b1");

        await RunAsync("pass");
        _scene.Trigger.Take(_scene.Application).ShouldNotBeNull("a pass with nothing to do keeps the time at which the key expires").ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(30));
        await RunAsync("wait 31m", "run");
        Verified().ShouldStartWith("False ExpiredKey: spec.sources[1]: ");
        await HealsAsync("b", "b1");
        await CommitAsync("a", 2, isSigned: false);
        await RunAsync("run");
        Values().ShouldBe("a1 b1");
    }

    [Fact]
    public async Task A_key_that_is_removed_or_changed_takes_effect_by_its_watch()
    {
        await SpecAsync(string.Empty, Policy(Signed));
        await CommitAsync("a", 1, isSigned: false);
        await CommitAsync("b", 1, isSigned: true);
        await RunAsync("run");
        Values().ShouldBe("a1 b1");
        _scene.Trigger.Take(_scene.Application);

        await RunAsync("delete Secret/one");
        _scene.Trigger.Take(_scene.Application).ShouldBe(TimeSpan.Zero);
        await RunAsync("run");
        Verified().ShouldStartWith("Unknown KeysMissing: spec.sources[1]: ");
        await HealsAsync("b", "b1");
        await CommitAsync("a", 2, isSigned: false);
        await RunAsync("run");
        Values().ShouldBe("a1 b1");

        await PutKeyAsync("one", Two);
        await RunAsync("run");
        Verified().ShouldStartWith("False UnknownKey: spec.sources[1]: ");
        await RunAsync("delete Secret/one");
        await PutKeyAsync("one", One);
        await RunAsync("run");
        Values().ShouldBe("a2 b1");
    }

    [Fact]
    public async Task A_restart_in_mid_sync_goes_on_with_what_is_verified_and_not_with_the_tip()
    {
        await SpecAsync(string.Empty, Policy(Signed));
        await RunAsync("commit Deployment db; ConfigMap late wave=1 value=a1");
        await CommitAsync("b", 1, isSigned: true);
        await RunAsync("run");
        Values().ShouldBe("b1", "the second wave waits for the first");

        await CommitAsync("b", 2, isSigned: false);
        await RunAsync("restart", "run", "ready Deployment/db", "run");
        Values().ShouldBe("b1 a1");
        Revisions().ShouldBe("a1,b1");
        Verified().ShouldStartWith("False NotSigned: spec.sources[1]: commit b2b2b2b");
        Status()["operationState"]!["phase"]!.GetValue<string>().ShouldBe("Succeeded");
    }

    [Fact]
    public async Task Keys_that_go_from_one_source_to_another_count_for_that_one_alone()
    {
        // Of the first source both keys count, of the second the other one again; in the same order as below.
        const string First = """{"mode": "HEAD", "keys": [{"secretRef": {"name": "one"}}, {"secretRef": {"name": "two"}}]}""";
        await SpecAsync(Policy(First), Policy("""{"mode": "HEAD", "keys": [{"secretRef": {"name": "one"}}]}"""));
        _signatures.Signed[MemoryRepositories.ShaOf("a", 1)] = VerificationKeys.Parse([new("k", One), new("l", Two)]).Id;
        await RunAsync("commit ConfigMap a value=a1");
        await CommitAsync("b", 1, isSigned: true);
        await RunAsync("run");
        Values().ShouldBe("a1 b1");

        _signatures.Signed[MemoryRepositories.ShaOf("b", 1)] = string.Empty;
        await SpecAsync(Policy("""{"mode": "HEAD", "keys": [{"secretRef": {"name": "one"}}]}"""), Policy("""{"mode": "HEAD", "keys": [{"secretRef": {"name": "two"}}, {"secretRef": {"name": "one"}}]}"""));
        await RunAsync("run");
        Verified().ShouldStartWith("False UnknownKey: spec.sources[0]: ");
    }

    private static string Policy(string verify) => $", \"verify\": {verify}";

    private Task SpecAsync(string ofFirst, string ofSecond) => RunAsync($$$"""
        spec {"source": null, "sources": [{"repoURL": "{{{MemoryRepositories.UrlOf("a")}}}", "path": "apps/web"{{{ofFirst}}}}, {"repoURL": "{{{MemoryRepositories.UrlOf("b")}}}", "path": "apps/web"{{{ofSecond}}}}], "syncPolicy": {"automated": {"prune": true, "selfHeal": true} } }
        """);

    private Task CommitAsync(string repository, int number, bool isSigned)
    {
        if (isSigned)
        {
            _signatures.Signed[MemoryRepositories.ShaOf(repository, number)] = VerificationKeys.Parse([new("k", One)]).Id;
        }

        return RunAsync($"commit-in {repository} ConfigMap {repository} value={repository}{number}");
    }

    private Task PutKeyAsync(string name, string key) => RunAsync($$$"""
        put {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "{{{name}}}"}, "data": {"key": "{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(key))}}}"} }
        """);

    private async Task HealsAsync(string name, string value)
    {
        await RunAsync($$$"""edit ConfigMap/{{{name}}} {"data": {"value": "by hand"} }""", "run");
        _scene.Cluster.Find(new(string.Empty, "ConfigMap", "team-a", name))!.At("data", "value")!.GetValue<string>().ShouldBe(value);
    }

    private async Task RunAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            await _commands.RunAsync(line, TestContext.Current.CancellationToken);
        }
    }

    private JsonObject Status() => (JsonObject)_scene.Cluster.Find(_scene.ApplicationKey)!.Json["status"]!;

    private string Revisions() => string.Join(',', Status()["history"]!.AsArray()[^1]!["revisions"]!.AsArray()
        .Select(static item => item!.GetValue<string>()).Select(static sha => char.IsDigit(sha[0]) ? $"a{sha[0]}" : sha[..2]));

    private string Verified()
    {
        var condition = Status()["conditions"]!.AsArray().Single(static item => item!["type"]!.GetValue<string>() == Conditions.SourceVerified)!;
        return $"{condition["status"]} {condition["reason"]}: {condition["message"]}";
    }

    private string Values() => string.Join(' ', _scene.Cluster.Objects.Where(static item => item.Kind == "ConfigMap").Select(static item => item.At("data", "value")?.GetValue<string>()));
}
