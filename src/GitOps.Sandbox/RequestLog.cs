namespace GitOps.Sandbox;

/// <summary>One request as the sandbox understood it.</summary>
/// <param name="Number">From 1, in order of arrival.</param>
/// <param name="Verb">get, list, watch, create, update, patch, apply, delete, deletecollection; for other paths the method in lower case.</param>
/// <param name="Group">API group; empty for the core group and for paths that are no resource.</param>
/// <param name="Version">API version; empty for paths that are no resource.</param>
/// <param name="Resource">Plural; empty for paths that are no resource.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="Namespace">Empty for cluster-scoped objects and for all namespaces.</param>
/// <param name="Name">Empty for a collection.</param>
/// <param name="User">Whose token it was; empty if it was none.</param>
/// <param name="ImpersonatedUser">Empty: acts as itself.</param>
/// <param name="UserAgent">The header.</param>
/// <param name="DryRun">Whether it asked for dryRun.</param>
/// <param name="Path">Path and query.</param>
public sealed record RequestRecord(
    long Number, string Verb, string Group, string Version, string Resource, string Subresource, string Namespace, string Name,
    string User, string ImpersonatedUser, string UserAgent, bool DryRun, string Path)
{
    private int _status;

    /// <summary>The answer's code; 0 while there is none, or if the connection was cut instead.</summary>
    public int Status
    {
        get => Volatile.Read(ref _status);
        internal set => Volatile.Write(ref _status, value);
    }

    /// <summary>Whether it is meant to change something: a create, update, patch, apply or delete that is no dry run.</summary>
    public bool IsWrite => !DryRun && Verb is ("create" or "update" or "patch" or "apply" or "delete" or "deletecollection");

    /// <summary>Watches, lists and reads included: everything that names a resource.</summary>
    public bool IsResource => Resource.Length > 0;
}

/// <summary>Every request in order of arrival. Thread-safe.</summary>
public sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<RequestRecord> _records = [];
    private long _count;

    /// <summary>Called when a request has arrived, before anything is done; the request goes on when the task ends.</summary>
    public Func<RequestRecord, Task>? OnRequest { get; set; }

    /// <summary>Called when a request has been carried out, before it is answered: a write has taken effect by then.</summary>
    public Func<RequestRecord, Task>? OnHandled { get; set; }

    /// <summary>How many requests there have been, whether or not they are still recorded.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The requests since the start, or since <see cref="Clear"/>.</summary>
    public IReadOnlyList<RequestRecord> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _records.Clear();
        }
    }

    internal long NextNumber() => Interlocked.Increment(ref _count);

    internal void Add(RequestRecord record)
    {
        lock (_lock)
        {
            _records.Add(record);
        }
    }
}
