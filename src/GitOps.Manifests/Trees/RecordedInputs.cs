using System.Collections.Immutable;

namespace GitOps.Manifests.Trees;

/// <summary>
/// What a rendering read, as questions and answers (<see cref="TreeAnswer"/>). As long as a commit answers all of them alike, it
/// renders to the same objects, or fails with the same error.
/// </summary>
/// <param name="Entries">
/// Path to answer, null for a path that was looked for and is not there. A path that ends in a slash (the root: <c>/</c>) was listed.
/// </param>
public sealed record RecordedInputs(ImmutableSortedDictionary<string, string?> Entries)
{
    public static readonly RecordedInputs None = new(ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal));

    private Check[]? _checks;

    /// <summary>
    /// Object ids of the directories that were met. One that has not changed answers for all below it that no link leads to; one that
    /// has says nothing.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Directories { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether another tree answers every recorded question alike.</summary>
    public async ValueTask<bool> HoldAsync(ISourceTree tree, CancellationToken cancellationToken)
    {
        var same = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var check in _checks ??= Checks())
        {
            if (check.Directory is { } directory)
            {
                if (!same.TryGetValue(directory, out var isSame))
                {
                    isSame = await TreeAnswer.HoldsAsync(tree, directory, Directories[directory], cancellationToken);
                    same[directory] = isSame;
                }

                if (isSame)
                {
                    continue;
                }
            }

            if (!await TreeAnswer.HoldsAsync(tree, check.Path, check.Answer, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The same in fewer records: the id of a directory in place of what it answers for. Another file there counts then too.
    /// </summary>
    public RecordedInputs Coarse()
    {
        var checks = Checks();
        var entries = checks.Where(static check => check.Directory is null).Select(static check => KeyValuePair.Create(check.Path, check.Answer))
            .Concat(checks.Select(static check => check.Directory).OfType<string>().Distinct(StringComparer.Ordinal)
                .Select(directory => KeyValuePair.Create(directory, (string?)Directories[directory])));
        var coarse = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        foreach (var (path, answer) in entries)
        {
            coarse[path] = answer;
        }

        return new(coarse.ToImmutable());
    }

    private Check[] Checks() => [.. Entries.Select(entry => new Check(entry.Key, entry.Value, TreeAnswer.IsOfTreeAlone(entry.Value) ? DirectoryOf(entry.Key) : null))];

    /// <summary>The nearest one, the path itself among them.</summary>
    private string? DirectoryOf(string path)
    {
        for (var at = path.TrimEnd('/'); ; at = TreePath.Parent(at))
        {
            if (Directories.ContainsKey(at))
            {
                return at;
            }

            if (at.Length == 0)
            {
                return null;
            }
        }
    }

    private sealed record Check(string Path, string? Answer, string? Directory);
}
