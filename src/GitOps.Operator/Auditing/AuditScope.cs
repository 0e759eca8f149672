using System.Collections.Concurrent;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Auditing;

/// <summary>Why the cluster is changed; in the log in lower case.</summary>
internal enum AuditReason
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>A commit, or what was asked for, is applied.</summary>
    Sync,

    /// <summary>The Application goes back to an entry of its history.</summary>
    Rollback,

    /// <summary>What somebody else changed is set right.</summary>
    Heal,

    /// <summary>An object that others had made becomes the Application's; shares of former tools end.</summary>
    Adopt,

    /// <summary>It is not desired any more.</summary>
    Prune,

    /// <summary>The Application is deleted, and its objects with it.</summary>
    Delete,

    /// <summary>A hook is run, let go or taken away.</summary>
    Hook,

    /// <summary>What was asked for at the Application itself is taken note of: an annotation, the field <c>operation</c>, a finalizer.</summary>
    Request,

    /// <summary>An approval is used up.</summary>
    Approval,

    /// <summary>The operator's own Secret.</summary>
    Setup,
}

/// <summary>What is known of a write before it is made.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Fields">The paths of the fields that change, never their values; null: not known.</param>
/// <param name="Version">The object's resourceVersion before; null: not known.</param>
internal sealed record AuditPurpose(AuditReason Reason, IReadOnlyList<string>? Fields = null, string? Version = null)
{
    /// <summary>The object may be there, made by others.</summary>
    public bool IsFirstContact { get; init; }

    /// <summary>What began just this; null: what began the whole.</summary>
    public string? Trigger { get; init; }

    /// <summary>Who gave cause for just this; null: nobody that is known, or as of the whole.</summary>
    public string? By { get; init; }

    /// <summary>The Application has not been synced yet: that all of it is new is news as a whole.</summary>
    public bool IsFirstSync { get; init; }
}

/// <summary>Whose changes they are, and why they are made; the same for a whole pass.</summary>
internal sealed record AuditFacts(string? Revision, string? Author, string? Operation, string Initiator, string? Approver, string? Trigger);

/// <summary>
/// What the code that runs is about, so that the Kubernetes client can say it of each write: it flows with the calls. A write that
/// nobody has said anything about is told of all the same.
/// </summary>
internal sealed class AuditScope : IDisposable
{
    private static readonly AsyncLocal<AuditScope?> Ambient = new();

    private readonly AuditScope? _outer;
    private readonly AuditScope _root;
    private readonly NamespacedName? _key;
    private readonly ApplicationResource? _application;
    private readonly Func<AuditFacts>? _facts;
    private readonly Func<ObjectKey, AuditPurpose>? _purpose;
    private ConcurrentDictionary<string, int>? _created;
    private int _changes;

    private Action<AuditScope>? _ended;

    private AuditScope(NamespacedName? key, ApplicationResource? application, Func<AuditFacts>? facts, Func<ObjectKey, AuditPurpose>? purpose)
    {
        _outer = Ambient.Value;
        _root = key is null && _outer is not null ? _outer._root : this;
        (_key, _application, _facts, _purpose) = (key, application, facts, purpose);
        Ambient.Value = this;
    }

    public static AuditScope? Current => Ambient.Value;

    /// <summary>Of the Application; null: what is done is none's.</summary>
    public NamespacedName? Key => _root._key;

    /// <summary>Null: what is done is no Application's, or one's that is gone.</summary>
    public ApplicationResource? Application => _root._application;

    public AuditFacts? Facts => _root._facts?.Invoke();

    /// <summary>Changes that were told of so far in this pass.</summary>
    public int Changes => Volatile.Read(ref _root._changes);

    /// <summary>How many objects of each kind were created that are told of together, when the pass has ended; null: none.</summary>
    public IReadOnlyDictionary<string, int>? Created => _root._created;

    /// <summary>A pass over an Application.</summary>
    /// <param name="application">Which.</param>
    /// <param name="facts">Asked at each change: what a pass knows grows while it runs.</param>
    public static AuditScope Pass(ApplicationResource application, Func<AuditFacts> facts) => new(application.Key, application, facts, null);

    /// <summary>What is left to do for an Application that is gone.</summary>
    public static AuditScope Gone(NamespacedName application) => new(application, null, null, static _ => new(AuditReason.Delete) { Trigger = Triggers.Deletion });

    /// <summary>A part of it with a purpose.</summary>
    public static AuditScope For(AuditReason reason) => For(new AuditPurpose(reason));

    /// <inheritdoc cref="For(AuditReason)"/>
    public static AuditScope For(AuditPurpose purpose) => new(null, null, null, _ => purpose);

    /// <summary>A part of it in which each object has a purpose of its own.</summary>
    public static AuditScope For(Func<ObjectKey, AuditPurpose> purpose) => new(null, null, null, purpose);

    /// <summary>What is known of a write to this object; null: nothing.</summary>
    public AuditPurpose? PurposeOf(ObjectKey key)
    {
        for (var scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._purpose is { } purpose)
            {
                return purpose(key);
            }
        }

        return null;
    }

    /// <summary>Counts one more change of the pass; its number, from 1.</summary>
    /// <param name="ended">Called when the pass has ended.</param>
    public int Count(Action<AuditScope> ended)
    {
        _root._ended = ended;
        return Interlocked.Increment(ref _root._changes);
    }

    /// <summary>Counts one more object that was created, to be told of with the others.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="ended">Called when the pass has ended.</param>
    public void CountCreated(string kind, Action<AuditScope> ended)
    {
        _root._ended = ended;
        LazyInitializer.EnsureInitialized(ref _root._created, static () => new(StringComparer.Ordinal)).AddOrUpdate(kind, 1, static (_, count) => count + 1);
    }

    public void Dispose()
    {
        Ambient.Value = _outer;
        _ended?.Invoke(this);
    }
}
