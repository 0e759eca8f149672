using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>Keys as they were read.</summary>
/// <param name="References">From where, source by source.</param>
/// <param name="Keys">One for each source; null: it asks for none. Empty: there is a problem.</param>
/// <param name="Problem">Why they cannot be used.</param>
internal sealed record KnownKeys(string References, ImmutableArray<VerificationKeys?> Keys, SourceVerdict? Problem);

/// <summary>
/// What one Application's commits were found to be, by the policies and the keys that count now. Belongs to the worker that has the
/// Application's key; what other threads may touch says so.
/// </summary>
internal sealed class VerificationState
{
    private const int MaxVerdicts = 16;

    private readonly Dictionary<string, (string Base, Judgement Judgement)> _judged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SetVerdict> _good = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _signatures = new(StringComparer.Ordinal);
    private string? _about;
    private string? _policy;
    private volatile KnownKeys? _read;

    /// <summary>Any thread: Secrets and ConfigMaps with keys that changed.</summary>
    public ChangedKeys Changed { get; } = new();

    /// <summary>Null: they have to be read.</summary>
    public KnownKeys? Keys
    {
        get;
        set
        {
            field = value;
            _read = value ?? _read;
        }
    }

    public Patience<Judgement> Judging { get; } = new();

    /// <summary>What was found to be verified last.</summary>
    public ResolvedSources? LastGood { get; private set; }

    /// <summary>Whether there is nothing to forget.</summary>
    public bool IsEmpty => _about is null && Keys is null && _read is null;

    public static string PolicyOf(ValidatedSpec spec) =>
        string.Join('\0', spec.Sources.Select(static source => $"{source.RepoUrl}\n{source.Chart}\n{source.Policy.Text}"));

    /// <summary>What a pass that had nothing to do went by may not hold any more.</summary>
    public bool IsDisturbed(DateTimeOffset now) =>
        !IsEmpty && (!Changed.IsEmpty || (LastGood is { } last && _good.GetValueOrDefault(last.Identity)?.Verdict.GoodUntil <= now));

    /// <summary>Begins anew where the policies or the keys are others.</summary>
    public void Start(ValidatedSpec spec, KnownKeys? keys)
    {
        var policy = PolicyOf(spec);
        var about = $"{(keys is null ? null : string.Join('\n', keys.Keys.Select(static item => item?.Id)))}\0{policy}";
        if (_about != about)
        {
            Clear();
            _about = about;
            _policy = policy;
        }
    }

    /// <summary>Nobody knows by which keys: nothing that was found counts.</summary>
    public void Clear()
    {
        _about = null;
        _policy = null;
        _judged.Clear();
        _good.Clear();
        _signatures.Clear();
        LastGood = null;
    }

    public void Reset()
    {
        Clear();
        ForgetKeys();
        Changed.Take();
    }

    public void ForgetKeys()
    {
        Keys = null;
        _read = null;
    }

    /// <summary>Any thread: when the keys end that were read last, also while they are read again.</summary>
    /// <param name="namespace">Of the Application.</param>
    /// <param name="now">By the clock.</param>
    public IEnumerable<CredentialReading> Ends(string @namespace, DateTimeOffset now) => _read is not { } read ? [] :
        from ends in read.Keys.OfType<VerificationKeys>().SelectMany(static keys => keys.Ends)
        where ends.Source.Reference is not null && ends.Next(now) is not null
        let reference = ends.Source.Reference
        select new CredentialReading(
            reference.IsSecret ? "Secret" : "ConfigMap", @namespace, reference.Name, reference.Key ?? string.Empty,
            CredentialPart.VerificationKey, ends.Next(now)!.Value);

    /// <summary>What is known; null: it has to be judged.</summary>
    public Judgement? Find(ResolvedSources revisions, string since, DateTimeOffset now) =>
        _judged.TryGetValue(Name(revisions), out var known) && !known.Judgement.Verdict.IsStale(now)
            && (known.Judgement.Found.IsVerified || known.Base == since)
                ? known.Judgement
                : null;

    /// <summary>Whether it was judged before, whatever that is worth now.</summary>
    public bool Knows(ResolvedSources revisions) => _judged.ContainsKey(Name(revisions));

    public void Add(ResolvedSources revisions, string since, Judgement judgement)
    {
        if (_judged.Count >= MaxVerdicts)
        {
            _judged.Clear();
        }

        _judged[Name(revisions)] = (since, judgement);
        Note(judgement.Found.Judged, judgement.Found);
        if (judgement is { Fallback: { } fallback, OfFallback: { } ofFallback })
        {
            Note(fallback, ofFallback);
        }
    }

    /// <summary>It is what the Application is to be at.</summary>
    public void Settle(ResolvedSources revisions) => LastGood = revisions;

    /// <summary>What to stay with, if that is still good.</summary>
    public ResolvedSources? FallbackOf(Judgement judgement, DateTimeOffset now) =>
        new[] { LastGood, judgement.Fallback }.FirstOrDefault(revisions => revisions is not null && IsGood(revisions.Identity, now));

    /// <summary>Just what was found to be verified of these revisions, and still is; null: nothing.</summary>
    public ResolvedSources? GoodAt(string revision, DateTimeOffset now) =>
        _good.Values.FirstOrDefault(good => good.Judged.Revision == revision && !(good.Verdict.GoodUntil <= now))?.Judged;

    /// <summary>Whether what is to be synced is known to be verified by what counts now.</summary>
    public bool IsGood(ApplicationRuntime runtime, ValidatedSpec spec, DateTimeOffset now) =>
        Changed.IsEmpty && runtime.Target is { } target && _policy == PolicyOf(spec)
        && (IsGood(target.Revision, now) || (runtime.Checked is { } same && (IsGood(same.Identity, now) || IsGood(same.Revision, now))));

    /// <summary>For a commit in the status; null: nobody asked, or it is not known.</summary>
    public string? SignatureOf(string sha) => _signatures.GetValueOrDefault(sha);

    /// <summary>A commit in the status as a former process described it, with what is known now of its signature.</summary>
    public CommitSummary? Restate(string sha, CommitSummary? before) =>
        before is not null && SignatureOf(sha) is { } signature ? before with { Signature = signature } : before;

    private static string Name(ResolvedSources revisions) => string.Join('\n', revisions.Items.Select(static item => $"{item.Ref} {item.Identity}"));

    private void Note(ResolvedSources revisions, SetVerdict found)
    {
        foreach (var (sha, signature) in found.Signatures)
        {
            _signatures[sha] = signature;
        }

        if (found.IsVerified)
        {
            _good[revisions.Identity] = found;
            return;
        }

        _good.Remove(revisions.Identity);
        if (LastGood?.Identity == revisions.Identity)
        {
            LastGood = null;
        }
    }

    private bool IsGood(string identity, DateTimeOffset now) => _good.TryGetValue(identity, out var good) && !(good.Verdict.GoodUntil <= now);
}
