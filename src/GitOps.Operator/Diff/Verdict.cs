using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>What an observed object is, measured against the answer to our last apply of it.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>Everything that is ours is as we left it.</summary>
    internal sealed record NoDrift : Verdict
    {
        public static readonly NoDrift Instance = new();
    }

    /// <summary>
    /// No drift, but the generation or the time of our entry moved. Keep the new fingerprint in memory, so that the next event
    /// takes the fast path; it is not worth a write of the inventory.
    /// </summary>
    internal sealed record NoDriftRefreshed(Fingerprint Fingerprint) : Verdict;

    /// <summary>
    /// We lost ownership and no value: somebody changed a field and set it back, or wrote the object as it was. The next apply
    /// owns it again; nothing is reported.
    /// </summary>
    internal sealed record OwnAgainQuietly : Verdict
    {
        public static readonly OwnAgainQuietly Instance = new();
    }

    /// <summary>Values of ours were changed or removed.</summary>
    /// <param name="Fields">Sorted by path.</param>
    internal sealed record Modified(ImmutableArray<FieldDiff> Fields) : Verdict;

    /// <summary>Another object has our object's name: it was deleted and made again by somebody.</summary>
    internal sealed record Recreated(string Uid) : Verdict;

    /// <summary>Deletion was asked for; the finalizers still hold the object.</summary>
    internal sealed record Terminating(ImmutableArray<string> Finalizers) : Verdict;

    /// <summary>Ask again with what was applied last; the event alone does not decide.</summary>
    /// <param name="IsDrift">True: a value did change, only its name is missing. False: perhaps only ownership moved.</param>
    internal sealed record NeedsDesired(bool IsDrift) : Verdict;
}
