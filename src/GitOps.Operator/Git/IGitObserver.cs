namespace GitOps.Operator.Git;

/// <summary>Where the Git stage reports what it did; metrics are made of it.</summary>
internal interface IGitObserver
{
    /// <remarks>
    /// <para><paramref name="operation"/>: probe, ls-remote, fetch, fetch-objects, for-each-ref, gc, update-ref, init.</para>
    /// <para><paramref name="result"/>: <c>ok</c>, <c>canceled</c> or the name of a <see cref="GitFailure"/>; for a probe also <c>changed</c>, <c>unknown</c>.</para>
    /// </remarks>
    void Ran(string operation, string result, TimeSpan duration);

    /// <summary>A poll begins, which ends when that is disposed of.</summary>
    IDisposable? Polls() => null;

    /// <remarks><paramref name="repository"/>: its address, without a login.</remarks>
    void Ran(string operation, string repository, string result, TimeSpan duration) => Ran(operation, result, duration);
}

/// <summary>For programs that keep no metrics.</summary>
internal sealed class NoGitObserver : IGitObserver
{
    public static readonly NoGitObserver Instance = new();

    public void Ran(string operation, string result, TimeSpan duration)
    {
    }
}
