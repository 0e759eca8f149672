namespace GitOps.Referee;

/// <summary>Which object.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Empty for cluster-scoped ones.</param>
/// <param name="Name">Its name.</param>
public sealed record Subject(string Kind, string Namespace, string Name)
{
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}

/// <summary>How drift ended.</summary>
public enum FindingEnd
{
    /// <summary>It has not.</summary>
    Open,

    /// <summary>Our manager wrote the object.</summary>
    SetRight,

    /// <summary>Somebody else gave it the applied value again.</summary>
    SetBack,

    /// <summary>The object was deleted, and everything about its fields with it.</summary>
    Gone,
}

/// <summary>One drift: a value that is not what our manager wrote last, or an object that is gone. Never a value itself.</summary>
/// <param name="Subject">The object.</param>
/// <param name="Path">Of the field; empty: the object was deleted.</param>
/// <param name="Since">When the event came, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
/// <param name="Culprits">Who gave it a value while it lasted, in order; an empty name where the server records nobody.</param>
/// <param name="End">How it ended.</param>
/// <param name="Until">When it ended; 0 while it is open.</param>
public sealed record Finding(Subject Subject, string Path, long Since, IReadOnlyList<string> Culprits, FindingEnd End = FindingEnd.Open, long Until = 0)
{
    public bool IsDeletion => Path.Length == 0;

    public override string ToString() =>
        $"{Subject}: {(IsDeletion ? "deleted" : Path)} by {string.Join(", then ", Culprits.Select(static name => name.Length == 0 ? "nobody known" : name))} ({End})";
}
