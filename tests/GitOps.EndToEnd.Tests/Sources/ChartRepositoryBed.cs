using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.FirstContact;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Testing;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>An Application whose source is the chart <c>web</c> of a repository, and somebody who publishes versions of it with the real helm.</summary>
internal sealed class ChartRepositoryBed : IAsyncDisposable
{
    public const string User = "ada";
    public const string Password = "chart-p4ssword";

    private readonly string _work;
    private readonly TestProgram _helm = TestProgram.Require("GITOPS_TEST_HELM");

    private ChartRepositoryBed(TestSpace space)
    {
        Space = space;
        _work = space.Cluster.NewDirectory("publisher");
    }

    public TestSpace Space { get; }

    /// <summary>Of a repository with an index; null: there is none.</summary>
    public NginxChartServer? Index { get; private set; }

    /// <summary>Null: there is none.</summary>
    public RegistryServer? Registry { get; private set; }

    public NamespacedName Application { get; private set; } = new(string.Empty, string.Empty);

    public string Url => Index?.Url ?? Registry!.Url("charts");

    public string Authority => (Index?.Certificates ?? Registry!.Certificates).Authority;

    public static string Map(string data) => $$$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}-settings"}
        data: {{{data}}}
        """;

    public static async Task<ChartRepositoryBed> WithIndexAsync(Cluster cluster)
    {
        var bed = await CreateAsync(cluster);
        bed.Index = await NginxChartServer.StartAsync(cluster.NewDirectory("charts"), User, Password);
        return bed;
    }

    public static async Task<ChartRepositoryBed> WithRegistryAsync(Cluster cluster)
    {
        var bed = await CreateAsync(cluster);
        bed.Registry = await RegistryServer.StartAsync(cluster.NewDirectory("registry"));
        return bed;
    }

    /// <summary>Packs a version, and signs it with helm if there is a key.</summary>
    /// <returns>The package; its provenance file is beside it.</returns>
    public async Task<string> PackAsync(string version, string? template = null, OpenPgpKey? signer = null)
    {
        var chart = Directory.CreateDirectory(Path.Combine(_work, "web")).FullName;
        Directory.CreateDirectory(Path.Combine(chart, "templates"));
        await File.WriteAllTextAsync(Path.Combine(chart, "Chart.yaml"), Description(version));
        await File.WriteAllTextAsync(Path.Combine(chart, "values.yaml"), "key: default\n");
        await File.WriteAllTextAsync(Path.Combine(chart, "templates", "settings.yaml"), template ?? Map("{key: \"{{ .Chart.Version }}\"}"));
        var keyring = Path.Combine(_work, "secring.gpg");
        if (signer is not null)
        {
            File.Delete(keyring);
            signer.WriteKeyring(keyring);
        }

        await _helm.RunAsync(["package", chart, "--destination", _work, .. signer is null ? (string[])[] : ["--sign", "--key", signer.Mail, "--keyring", keyring]]);
        return Path.Combine(_work, $"web-{version}.tgz");
    }

    /// <summary>What helm would write for a package, signed by whomever.</summary>
    public static async Task SignAsync(string package, string version, OpenPgpKey signer)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(package)));
        await File.WriteAllTextAsync(package + ".prov", signer.ClearSign($"{Description(version)}\n...\nfiles:\n  {Path.GetFileName(package)}: sha256:{digest}\n"));
    }

    /// <summary>Puts a package into the repository, with its provenance file if it has one.</summary>
    public async Task PublishAsync(string package)
    {
        if (Registry is not null)
        {
            await _helm.RunAsync("push", package, Registry.Url("charts"), "--ca-file", Registry.AuthorityFile);
            return;
        }

        foreach (var file in (string[])[package, package + ".prov"])
        {
            if (File.Exists(file))
            {
                File.Copy(file, Path.Combine(Index!.Charts, Path.GetFileName(file)), overwrite: true);
            }
        }

        // Nobody reads half an index.
        var packages = Directory.CreateDirectory(Path.Combine(_work, "index")).FullName;
        foreach (var file in Directory.EnumerateFiles(Index!.Charts, "*.tgz"))
        {
            File.Copy(file, Path.Combine(packages, Path.GetFileName(file)), overwrite: true);
        }

        await _helm.RunAsync("repo", "index", packages);
        var (made, index) = (Path.Combine(packages, "index.yaml"), Path.Combine(Index.Charts, "index.yaml"));
        if (File.Exists(index))
        {
            // Two of the same second and length are the same to nginx.
            File.SetLastWriteTimeUtc(made, File.GetLastWriteTimeUtc(index).AddSeconds(2));
        }

        File.Move(made, index, overwrite: true);
    }

    public async Task PublishAsync(string version, string? template) => await PublishAsync(await PackAsync(version, template));

    /// <summary>The Secret with the authority and, where it takes one, the login.</summary>
    public Task AllowAsync() => Space.Cluster.ApplyAsync(Kinds.Secret, new(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject
        {
            ["namespace"] = Space.ApplicationNamespace,
            ["name"] = "charts",
            ["labels"] = new JsonObject { [CredentialSecret.ArgoLabel] = "repository" },
        },
        ["stringData"] = Index is not null
            ? new JsonObject { ["type"] = "helm", ["url"] = Url, ["username"] = User, ["password"] = Password, ["ca.crt"] = Authority }
            : new JsonObject { ["type"] = "helm", ["enableOCI"] = "true", ["url"] = Url, ["ca.crt"] = Authority },
    }));

    /// <param name="version">Of the chart, or a range.</param>
    /// <param name="change">What else the source says.</param>
    public async Task DeployAsync(string version, Action<JsonObject>? change = null) => Application = await Space.CreateApplicationAsync("web", Space.NewRepository(), change: json =>
    {
        var source = new JsonObject { ["repoURL"] = Url, ["chart"] = "web", ["targetRevision"] = version };
        change?.Invoke(source);
        json["spec"]!["source"] = source;
    });

    public Task WriteKeysAsync(params ReadOnlySpan<string> keys) => Space.Cluster.ApplyAsync(Kinds.ConfigMap, new(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["namespace"] = Space.ApplicationNamespace, ["name"] = "keys" },
        ["data"] = new JsonObject { ["keys"] = string.Join('\n', keys.ToArray()) },
    }));

    public async Task<string?> ValueAsync() => Value(await Space.Cluster.GetAsync(Kinds.ConfigMap, Space.Target, "web-settings"));

    /// <summary>Somebody changes what was deployed; waits until that is undone.</summary>
    public async Task HealAsync(string value)
    {
        await Space.Cluster.MergeAsync(Kinds.ConfigMap, Space.Target, "web-settings", """{"data": {"key": "by hand"} }""");
        await Space.UntilObjectAsync(Kinds.ConfigMap, Space.Target, "web-settings", "is healed", found => Value(found) == value);
    }

    /// <summary>Waits until a version is refused, and looks whether the one before stays.</summary>
    public async Task<Condition> UntilRefusedAsync(string version, string reason, string stays)
    {
        var refused = await Space.UntilAsync(Application, $"refuses {version} as {reason}", application =>
            application.Status.Sync?.RefusedRevision == version && application.Status.Condition(Conditions.SourceVerified)?.Reason == reason
            && application.Status.Condition(Conditions.Ready) is { Status: "False", Reason: "SourceUnverified" });
        refused.Status.Sync!.Revision.ShouldBe(stays);
        (await ValueAsync()).ShouldBe(stays);
        return refused.Status.Condition(Conditions.SourceVerified)!;
    }

    public async ValueTask DisposeAsync()
    {
        await Space.DisposeAsync();
        Index?.Dispose();
        Registry?.Dispose();
    }

    private static async Task<ChartRepositoryBed> CreateAsync(Cluster cluster)
    {
        var space = await TestSpace.CreateAsync(cluster, "charts");
        space.Options = space.Options with { Helm = Tool.HelmProgram() };
        return new(space);
    }

    private static string Description(string version) => $"apiVersion: v2\nname: web\nversion: {version}\n";

    private static string? Value(KubernetesObject? map) => map?.At("data", "key")?.GetValue<string>();
}
