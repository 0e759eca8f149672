using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Tests.Apply;

namespace GitOps.Operator.Tests.Diff.Attribution;

/// <summary>
/// One object on the sandbox's own apply engine, which is held to recorded answers of a real API server: we apply it, others
/// work on it, and it is judged. Each write comes a minute after the one before.
/// </summary>
internal sealed class Scene
{
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);
    private static readonly DriftJudge Judge = new(Names.FieldManager, Hash);
    private static readonly DriftExplainer Explainer = new(Names.FieldManager);

    private readonly PureServer _server = new();
    private Fingerprint? _recorded;

    public Scene(string desired) => Desired = KubernetesObject.Parse(desired);

    public KubernetesObject Desired { get; private set; }

    /// <summary>As the server answered our last apply.</summary>
    public KubernetesObject Answer { get; private set; } = null!;

    public KubernetesObject Live => _server.Find(Desired.Key with { Namespace = "ns" })!;

    public void Define(string definition) => _server.Define(KubernetesObject.Parse(definition));

    public Scene Applied(string? desired = null)
    {
        Desired = desired is null ? Desired : KubernetesObject.Parse(desired);
        Tick();
        Answer = _server.Apply(Desired, Names.FieldManager, force: true, isDryRun: false).DeepClone();
        _recorded = FingerprintFactory.From(Answer, Names.FieldManager, Desired, Hash);
        return this;
    }

    public Scene Created(string manager, string body)
    {
        Tick();
        _server.Create(KubernetesObject.Parse(body), manager, FieldValidationMode.Warn, isDryRun: false);
        return this;
    }

    /// <summary>A strategic merge for built-in kinds, a merge for others: what <c>kubectl edit</c> sends.</summary>
    public Scene Edited(string manager, string patch, string subresource = "")
    {
        Tick();
        _server.Patch(Live, (target, type) => type.IsBuiltIn
            ? StrategicMergePatch.Apply(target, KubernetesJson.Parse(patch), type)
            : MergePatch.Apply(target, KubernetesJson.Parse(patch)), manager, subresource, isDryRun: false);
        return this;
    }

    /// <summary>A PUT of the whole object, changed in place: <c>kubectl replace</c>, and what most controllers do.</summary>
    public Scene Replaced(string manager, Action<JsonObject> change)
    {
        Tick();
        _server.Patch(Live, (target, _) =>
        {
            var copy = (JsonObject)target.DeepClone();
            change(copy);
            return copy;
        }, manager, string.Empty, isDryRun: false);
        return this;
    }

    public Scene ForceApplied(string manager, string body)
    {
        Tick();
        _server.Apply(KubernetesObject.Parse(body), manager, force: true, isDryRun: false);
        return this;
    }

    public Scene Scaled(string manager, int replicas)
    {
        Tick();
        _server.Scale(Live, replicas, manager);
        return this;
    }

    public Verdict Judged() => Judge.Judge(Live.DeepClone(), _recorded!, Desired);

    /// <summary>From the event alone, and what the answer to a dry run of a heal names; null where the server refuses it.</summary>
    public (Verdict Alone, IReadOnlyList<FieldDiff>? ByAnswer) JudgedAlone()
    {
        var live = Live.DeepClone();
        var alone = Judge.Judge(live, _recorded!, desired: null);
        try
        {
            return (alone, Explainer.Explain(live, answer: _server.Apply(Desired, Names.FieldManager, force: true, isDryRun: true), _recorded!.EntryTime));
        }
        catch (ApiException)
        {
            return (alone, null);
        }
    }

    public static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Modified modified => string.Join(" | ", modified.Fields.Select(Text)),
        Verdict.NoDrift or Verdict.NoDriftRefreshed => "none",
        Verdict.OwnAgainQuietly => "own again",
        _ => verdict.GetType().Name,
    };

    /// <summary><c>path: desired → live manager operation/subresource time</c>.</summary>
    public static string Text(FieldDiff field)
    {
        var by = field.Manager.Length == 0 ? "-" : $"{field.Manager} {field.Operation}/{field.Subresource} {(field.Time.Length == 0 ? "no time" : field.Time[14..16])}";
        return $"{field.Path} {field.Change}: {field.Desired ?? "none"} → {field.Live ?? "none"} {by}";
    }

    private void Tick() => _server.Now += TimeSpan.FromMinutes(1);
}
