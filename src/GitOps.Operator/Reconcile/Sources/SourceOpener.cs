using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Git;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>A source whose files can be read.</summary>
/// <param name="Source">As the spec has it.</param>
/// <param name="Revision">The commit id, or the version of a chart.</param>
/// <param name="Files">Its files.</param>
internal sealed record OpenedSource(CheckedSource Source, string Revision, ISourceTree Files);

/// <summary>All sources of an Application, in the order of the spec.</summary>
/// <param name="Items">At least one.</param>
/// <param name="Facts">What renderings may ask beside files; null: nothing.</param>
internal sealed record OpenedSources(ImmutableArray<OpenedSource> Items, IBuildFacts? Facts = null)
{
    /// <summary>The files of each, and the variables of its build.</summary>
    public IReadOnlyList<ISourceTree> Trees { get; } = [.. Items.Select(item => new BuildTree(item.Files, item.Source.Build, Facts))];

    public string Revision => Revisions.Join(Items.Select(static item => item.Revision));

    /// <summary>The same files, for what the spec says now of the same sources.</summary>
    public OpenedSources For(ImmutableArray<CheckedSource> sources) => Items.Zip(sources, static (item, source) => ReferenceEquals(item.Source, source)).All(static same => same)
        ? this
        : new([.. Items.Zip(sources, static (item, source) => item with { Source = source })], Facts);
}

/// <summary>From what sources were resolved to, to their files.</summary>
internal sealed class SourceOpener
{
    private readonly SourceAccess _access;
    private readonly IBuildFacts? _facts;

    public SourceOpener(SourceAccess access, IBuildFacts? facts = null)
    {
        _access = access;
        _facts = facts;
    }

    /// <exception cref="GitException">The files of one cannot be had; of several sources the message names which.</exception>
    public async Task<OpenedSources> OpenAsync(ResolvedSources resolved, CancellationToken cancellationToken) =>
        new([.. await Task.WhenAll(resolved.Items.Select(item => OpenAsync(item, resolved.Items.Length > 1, cancellationToken)))], _facts);

    private async Task<OpenedSource> OpenAsync(ResolvedSource resolved, bool isNamed, CancellationToken cancellationToken)
    {
        try
        {
            var tree = await _access.OpenAsync(resolved, cancellationToken);
            return new(resolved.Source, resolved.Revision, tree);
        }
        catch (GitException failure) when (isNamed)
        {
            throw SourceResolver.Named(resolved.Source, failure);
        }
    }
}
