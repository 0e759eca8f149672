using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>The chart of this repository, rendered by the real helm.</summary>
internal static class Chart
{
    public const string Variable = "GITOPS_TEST_HELM";

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    public static string Directory => Path.Combine(Repository, "deploy", "helm", "gitops-operator");

    public static TestProgram Helm => TestProgram.Require(Variable);

    /// <summary>What would be installed, hooks left out.</summary>
    /// <param name="release">Its name.</param>
    /// <param name="namespace">Where it goes.</param>
    /// <param name="values">As <c>--set</c> takes them.</param>
    public static async Task<ImmutableArray<KubernetesObject>> RenderAsync(string release, string @namespace, params string[] values)
    {
        var text = await Helm.RunAsync(["template", release, Directory, "--namespace", @namespace, "--no-hooks", .. Sets(values)]);
        return [.. ObjectFile.Read("chart", System.Text.Encoding.UTF8.GetBytes(text)).Select(static item => item.Object)];
    }

    public static IEnumerable<string> Sets(IEnumerable<string> values) => values.SelectMany(static value => (string[])["--set", value]);

    private static string FindRepository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "GitOps.Operator.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("the tests do not lie in the repository");
    }
}
