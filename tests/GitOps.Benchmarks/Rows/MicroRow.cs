using System.Diagnostics;
using System.Security.Cryptography;
using GitOps.Benchmarks.Cluster;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Benchmarks.Rows;

/// <summary>The pure parts that every event and every manifest goes through, on answers of the API server itself.</summary>
internal static class MicroRow
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Measured = TimeSpan.FromMilliseconds(500);
    private static readonly ApplyOptions AsOperator = new(Names.FieldManager);

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        await using var server = await ApiServer.StartAsync(lab.NewDirectory("server"), cancellationToken);
        var workload = new Workload("micro", 1, lab.Settings.Objects < 2 ? 2 : lab.Settings.Objects);
        await server.Raw.RunAsync([.. workload.AllNamespaces().Select(static item => RawLoop.Request(Kinds.Namespace, item))], cancellationToken);
        await MeasureAsync(lab, server, workload.Object(0, 1), cancellationToken);
        await MeasureAsync(lab, server, workload.Object(0, 0), cancellationToken);
    }

    private static async Task MeasureAsync(Lab lab, ApiServer server, KubernetesObject rendered, CancellationToken cancellationToken)
    {
        var resource = Kinds.Of(rendered);
        var kind = resource.Kind;
        var owner = new NamespacedName(Workload.ApplicationNamespace, "micro");
        var hash = new KeyedHash(RandomNumberGenerator.GetBytes(32));
        var judge = new DriftJudge(Names.FieldManager, hash);
        var desired = DesiredNormalizer.Normalize(rendered, resource, string.Empty, owner);
        var answer = (await server.Client.ApplyAsync(resource, desired, AsOperator, cancellationToken)).Object;
        var recorded = FingerprintFactory.From(answer, Names.FieldManager, desired, hash);
        var stored = answer.ToUtf8();
        using var yaml = new StringWriter();
        ManifestWriter.WriteYaml(yaml, [rendered]);
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["object.yaml"] = yaml.ToString() });

        Add("parse an event", () => KubernetesObject.Parse(stored));
        Add("parse an event and judge it", () => judge.Judge(KubernetesObject.Parse(stored), recorded, desired: null));
        Add("fingerprint an answer", () => FingerprintFactory.From(KubernetesObject.Parse(stored), Names.FieldManager, desired, hash));
        Add("hash what is desired", () => hash.Of(desired.Json));
        Add("normalise a manifest", () => DesiredNormalizer.Normalize(rendered, resource, string.Empty, owner));
        Add("render a manifest", () => PlainRenderer.RenderAsync(tree, new PlainOptions(string.Empty), CancellationToken.None));

        void Add(string name, Func<object?> action)
        {
            Loop(action, WarmUp);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var (count, microseconds) = Loop(action, Measured);
            lab.Report.Add($"{name}, {kind}", microseconds, "µs");
            lab.Report.Add($"{name}, {kind}, allocated", (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count, "bytes");
        }
    }

    private static (long Count, double Microseconds) Loop(Func<object?> action, TimeSpan time)
    {
        const int Batch = 50;
        var (count, started) = (0L, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            for (var i = 0; i < Batch; i++)
            {
                GC.KeepAlive(action());
            }

            count += Batch;
        }

        return (count, Stopwatch.GetElapsedTime(started).TotalMicroseconds / count);
    }
}
