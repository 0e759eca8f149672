namespace GitOps.Operator.Api;

/// <summary>What somebody who misspelt a name may have meant.</summary>
internal static class NearestName
{
    /// <summary>Of these names, the one that fewest letters part from what was written; null: none is like it.</summary>
    public static string? Of(string written, IEnumerable<string> names)
    {
        var limit = Math.Max(2, written.Length / 3);
        return names.Select(name => (Name: name, Distance: Distance(written, name)))
            .Where(item => item.Distance <= limit)
            .OrderBy(static item => item.Distance).ThenBy(static item => item.Name, StringComparer.Ordinal)
            .Select(static item => item.Name).FirstOrDefault();
    }

    /// <summary>How many letters have to be put in, taken out or changed.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
