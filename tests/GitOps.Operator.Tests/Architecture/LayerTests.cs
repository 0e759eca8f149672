using System.Reflection;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Tests.Architecture;

/// <summary>Who may know whom. A stage that needs another's work gets it as a record of Model, from the pipeline.</summary>
public sealed class LayerTests
{
    private const string Operator = "GitOps.Operator";
    private const string Manifests = "GitOps.Manifests";
    private const string Kubernetes = "GitOps.Kubernetes";

    /// <summary>What reaches outside the process; a trailing dot means a namespace and all below it.</summary>
    private static readonly string[] Effects =
    [
        "System.Net.", "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.FileSystemInfo", "System.IO.Directory",
        "System.IO.DirectoryInfo", "System.IO.RandomAccess", "System.IO.Pipes.", "System.IO.MemoryMappedFiles.", "System.Diagnostics.Process",
        "System.Console", "System.Runtime.InteropServices.NativeLibrary",
        "GitOps.Kubernetes.Resources.IKubernetesClient", "GitOps.Kubernetes.Http.", "GitOps.Kubernetes.Watching.", "GitOps.Kubernetes.Discovery.IDiscovery",
    ];

    private static readonly IReadOnlyCollection<TypeReference> OfOperator = TypeReferences.Of(typeof(OperatorMetrics).Assembly);
    private static readonly IReadOnlyCollection<TypeReference> OfManifests = TypeReferences.Of(Assembly.Load(Manifests));
    private static readonly IReadOnlyCollection<TypeReference> OfKubernetes = TypeReferences.Of(Assembly.Load(Kubernetes));

    [Theory]
    [InlineData("Git", "Credentials")]
    [InlineData("Credentials", "Git", "Options")]
    [InlineData("Render")]
    [InlineData("Diff")]
    [InlineData("Apply")]
    [InlineData("Health")]
    [InlineData("Status")]
    [InlineData("Sync")]
    public void A_stage_knows_only_itself_the_model_and_the_api(string stage, params string[] others)
    {
        var own = $"{Operator}.{stage}";
        Violations(
            OfOperator.Where(reference => IsIn(reference.FromNamespace, own) && IsIn(reference.ToNamespace, Operator)),
            reference => !IsIn(
                reference.ToNamespace, [own, $"{Operator}.Model", $"{Operator}.Api", .. others.Select(static other => $"{Operator}.{other}")])).ShouldBeEmpty();
    }

    [Fact]
    public void The_model_and_the_api_know_no_stage() =>
        Violations(
            OfOperator.Where(static reference => IsIn(reference.FromNamespace, $"{Operator}.Model", $"{Operator}.Api")),
            static reference => IsIn(reference.ToNamespace, Operator) && !IsIn(reference.ToNamespace, $"{Operator}.Model", $"{Operator}.Api"))
        .ShouldBeEmpty();

    [Theory]
    [InlineData("Diff")]
    [InlineData("Health")]
    [InlineData("Model")]
    [InlineData("Sync")]
    public void The_pure_folders_reach_nothing_outside(string folder) =>
        Violations(OfOperator.Where(reference => IsIn(reference.FromNamespace, $"{Operator}.{folder}")), IsEffect).ShouldBeEmpty();

    [Fact]
    public void Manifests_reach_nothing_outside_but_for_the_tree_of_a_directory() =>
        Violations(OfManifests.Where(static reference => reference.From != $"{Manifests}.Trees.DirectorySourceTree"), IsEffect).ShouldBeEmpty();

    [Fact]
    public void Manifests_know_of_kubernetes_only_its_objects() =>
        Violations(
            OfManifests, static reference => IsIn(reference.ToNamespace, Kubernetes) && !IsIn(reference.ToNamespace, $"{Kubernetes}.Objects"))
        .ShouldBeEmpty();

    [Fact]
    public void The_libraries_do_not_know_the_program() =>
        Violations(OfManifests.Concat(OfKubernetes), static reference => IsIn(reference.ToNamespace, Operator)).ShouldBeEmpty();

    [Fact]
    public void The_client_knows_nothing_of_gitops() =>
        Violations(
            OfKubernetes, static reference => IsIn(reference.ToNamespace, "GitOps") && !IsIn(reference.ToNamespace, Kubernetes)).ShouldBeEmpty();

    [Fact]
    public void The_rules_look_at_something()
    {
        OfOperator.Count(static reference => IsIn(reference.FromNamespace, $"{Operator}.Observability")).ShouldBeGreaterThan(50);
        OfManifests.Count.ShouldBeGreaterThan(10);
        OfKubernetes.Count.ShouldBeGreaterThan(10);
        IsEffect(new("a.B", "System.IO.File")).ShouldBeTrue();
        IsEffect(new("a.B", "System.Net.Http.HttpClient")).ShouldBeTrue();
        IsEffect(new("a.B", "System.IO.FileNotFoundException")).ShouldBeFalse();
        IsIn("GitOps.Operator.GitHub", "GitOps.Operator.Git").ShouldBeFalse();
    }

    private static bool IsEffect(TypeReference reference) =>
        Array.Exists(Effects, effect => effect.EndsWith('.') ? reference.To.StartsWith(effect, StringComparison.Ordinal) : reference.To == effect);

    private static bool IsIn(string @namespace, params ReadOnlySpan<string> parents)
    {
        foreach (var parent in parents)
        {
            if (@namespace == parent || @namespace.StartsWith(parent + ".", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Violations(IEnumerable<TypeReference> references, Func<TypeReference, bool> isForbidden) =>
        [.. references.Where(isForbidden).Select(static reference => reference.ToString()).Order(StringComparer.Ordinal)];
}
