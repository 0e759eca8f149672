namespace GitOps.Operator.Git.Versions;

/// <summary>Which tags a server had before: they were deleted, or moved to another commit. Known since this process began to look.</summary>
/// <param name="Gone">Names of tags that are not there any more.</param>
/// <param name="Moved">Tags that are there, with the commit that they were before.</param>
internal sealed record TagHistory(IReadOnlySet<string> Gone, IReadOnlyDictionary<string, string> Moved)
{
    public static readonly TagHistory None = new(new HashSet<string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));

    private const int MaxKept = 256;

    /// <param name="before">The tags and their commits as they were.</param>
    /// <param name="now">As they are.</param>
    public TagHistory With(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        var gone = Gone.Concat(before.Keys).Where(name => !now.ContainsKey(name)).Take(MaxKept).ToHashSet(StringComparer.Ordinal);
        var moved = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, commit) in now)
        {
            var former = before.TryGetValue(name, out var last) && last != commit ? last : Moved.GetValueOrDefault(name);
            if (former is not null && former != commit && moved.Count < MaxKept)
            {
                moved[name] = former;
            }
        }

        return gone.Count == 0 && moved.Count == 0 ? None : new(gone, moved);
    }
}
