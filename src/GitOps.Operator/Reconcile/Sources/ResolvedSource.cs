using System.Collections.Immutable;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>A source, and just which of its states is meant.</summary>
/// <param name="Source">As the spec has it.</param>
/// <param name="Revision">The full commit id, or the version of a chart.</param>
/// <param name="Digest">Of a chart's package; empty: not known, or a commit, whose id says all.</param>
/// <param name="ObservedAt">When it was first seen there.</param>
/// <param name="Warning">Something the user should know.</param>
internal sealed record ResolvedSource(CheckedSource Source, string Revision, string Digest, DateTimeOffset ObservedAt, string? Warning)
{
    /// <summary>The fully qualified ref that it was found by; null: a commit id, or a chart.</summary>
    public string? Ref { get; init; }

    /// <summary>The same only if the files are the same.</summary>
    public string Identity => Digest.Length == 0 ? Revision : $"{Revision}@{Digest}";
}

/// <summary>What is known of a source without waiting, as <see cref="ResolvedSource"/> has it.</summary>
internal readonly record struct KnownSource(string Revision, string Digest, string? Warning)
{
    /// <summary>Whether a pass would find what another one found.</summary>
    public bool IsStill(ResolvedSource resolved) => Revision == resolved.Revision && Digest == resolved.Digest && Warning == resolved.Warning;
}

/// <summary>All sources of an Application at one moment, in the order of the spec: what is rendered together.</summary>
internal sealed record ResolvedSources(ImmutableArray<ResolvedSource> Items)
{
    /// <summary>Names all of them; of one source its commit id or version.</summary>
    public string Revision { get; } = Items.Length == 1 ? Items[0].Revision : Revisions.Join(Items.Select(static item => item.Revision));

    /// <summary>The same only if all their files are the same.</summary>
    public string Identity { get; } = Items.Length == 1 ? Items[0].Identity : Revisions.Join(Items.Select(static item => item.Identity));

    /// <summary>When the newest of them was first seen.</summary>
    public DateTimeOffset ObservedAt => Items.Max(static item => item.ObservedAt);

    /// <summary>Null: there is nothing to say.</summary>
    public string? Warning => Items.Any(static item => item.Warning is not null)
        ? string.Join("; ", Items.Where(static item => item.Warning is not null).Select(Worded))
        : null;

    /// <summary>The same states, for what the spec says now of the same sources.</summary>
    public ResolvedSources For(ImmutableArray<CheckedSource> sources) => Items.Zip(sources, static (item, source) => ReferenceEquals(item.Source, source)).All(static same => same)
        ? this
        : new([.. Items.Zip(sources, static (item, source) => item with { Source = source })]);

    private string Worded(ResolvedSource item) => Items.Length == 1 ? item.Warning! : $"{item.Source.Field}: {item.Warning}";
}
