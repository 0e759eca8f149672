using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Diff;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observing;

/// <summary>Objects under watch, and who was told what. The objects are recorded ones, given other resourceVersions.</summary>
internal sealed class Watched : IObservationListener
{
    public static readonly NamespacedName Owner = new("apps", "web");
    public static readonly NamespacedName Stranger = new("apps", "other");

    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);
    private readonly RecordedCase _case;

    /// <param name="recorded">What somebody does: a recorded case with an answer to our apply and an edit after it.</param>
    public Watched(string recorded = "changed-value-edit")
    {
        _case = RecordedCase.Read(recorded);
        Objects = new(new DriftJudge(Names.FieldManager, Hash), Time, this);
        Key = _case.Answer.Key;
        Type = _case.Answer.GroupVersionKind;
        Print = _case.Fingerprint(Hash);
    }

    public ManualTimeProvider Time { get; } = new();

    public ManagedObjects Objects { get; }

    public ObjectKey Key { get; }

    public GroupVersionKind Type { get; }

    public Fingerprint Print { get; }

    /// <summary>How often the Application was told to look.</summary>
    public int Told { get; private set; }

    public List<KubernetesObject> OverwrittenObjects { get; } = [];

    public ObjectState State => Objects.StateOf(Key)!;

    /// <summary>As we applied it.</summary>
    public KubernetesObject Ours(string version) => In(_case.Answer, version);

    /// <summary>As somebody else changed it.</summary>
    public KubernetesObject Theirs(string version) => In(_case.Observed, version);

    /// <summary>The fingerprint of an object as it is.</summary>
    public static Fingerprint AsSeen(KubernetesObject seen) => FingerprintFactory.From(seen, Names.FieldManager, null, Hash);

    /// <summary>Claimed, applied and seen, in version 1.</summary>
    public Watched Applied()
    {
        Objects.TryClaim(Owner, Key, Type.Version, null, out _).ShouldBeTrue();
        Write("1");
        See(Ours("1"));
        Forget();
        return this;
    }

    public void See(KubernetesObject seen) => Objects.Observe(Type, seen, deleted: false);

    public void SeeDeleted(KubernetesObject seen) => Objects.Observe(Type, seen, deleted: true);

    /// <summary>A whole list of the kind.</summary>
    public void SeeList(params KubernetesObject[] items)
    {
        var present = new HashSet<ObjectKey>();
        foreach (var item in items)
        {
            Objects.ObserveListed(Type, item, present);
        }

        Objects.CompleteList(Type, string.Empty, present);
    }

    /// <summary>A write of ours; what happens before its answer is given.</summary>
    public void Write(string version, Action? meanwhile = null)
    {
        Objects.BeginWrite(Key);
        meanwhile?.Invoke();
        Objects.EndWrite(Key, Ours(version), Print);
    }

    public void Forget() => Told = 0;

    public void ObjectChanged(NamespacedName application)
    {
        application.ShouldBe(Owner);
        Told++;
    }

    public void Overwritten(NamespacedName application, KubernetesObject seen, KubernetesObject answer) => OverwrittenObjects.Add(seen);

    private static KubernetesObject In(KubernetesObject subject, string version)
    {
        var copy = subject.DeepClone();
        copy.Metadata!["resourceVersion"] = version;
        return copy;
    }
}
