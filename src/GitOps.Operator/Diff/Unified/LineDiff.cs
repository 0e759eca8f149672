namespace GitOps.Operator.Diff.Unified;

internal enum LineEdit
{
    Keep,
    Delete,
    Insert,
}

/// <summary>The shortest way from some lines to others, by Myers' greedy algorithm; a replacement of all where it is too long.</summary>
internal static class LineDiff
{
    /// <summary>More edits are not searched for: memory grows with their square.</summary>
    private const int MaxEdits = 1000;

    /// <summary>The edits in order, deletions before insertions at the same place.</summary>
    public static List<(LineEdit Edit, string Line)> Of(IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        var head = 0;
        while (head < from.Count && head < to.Count && from[head] == to[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < from.Count - head && tail < to.Count - head && from[^(tail + 1)] == to[^(tail + 1)])
        {
            tail++;
        }

        var edits = new List<(LineEdit, string)>();
        edits.AddRange(from.Take(head).Select(static line => (LineEdit.Keep, line)));
        edits.AddRange(Middle([.. from.Skip(head).SkipLast(tail)], [.. to.Skip(head).SkipLast(tail)]));
        edits.AddRange(from.TakeLast(tail).Select(static line => (LineEdit.Keep, line)));
        return edits;
    }

    private static List<(LineEdit Edit, string Line)> Middle(string[] from, string[] to) =>
        Search(from, to) is { } trace
            ? Backtrack(from, to, trace)
            : [.. from.Select(static line => (LineEdit.Delete, line)), .. to.Select(static line => (LineEdit.Insert, line))];

    // For each number of edits, how far each diagonal came; null if there are too many.
    private static List<int[]>? Search(string[] from, string[] to)
    {
        var most = Math.Min(from.Length + to.Length, MaxEdits);
        var reached = new int[(2 * most) + 2];
        var trace = new List<int[]>();
        for (var edits = 0; edits <= most; edits++)
        {
            for (var diagonal = -edits; diagonal <= edits; diagonal += 2)
            {
                var x = diagonal == -edits || (diagonal != edits && reached[most + diagonal - 1] < reached[most + diagonal + 1])
                    ? reached[most + diagonal + 1]
                    : reached[most + diagonal - 1] + 1;
                while (x < from.Length && x - diagonal < to.Length && from[x] == to[x - diagonal])
                {
                    x++;
                }

                reached[most + diagonal] = x;
                if (x >= from.Length && x - diagonal >= to.Length)
                {
                    trace.Add(Slice(reached, most, edits));
                    return trace;
                }
            }

            trace.Add(Slice(reached, most, edits));
        }

        return null;
    }

    private static int[] Slice(int[] reached, int middle, int edits) => reached[(middle - edits)..(middle + edits + 1)];

    private static List<(LineEdit Edit, string Line)> Backtrack(string[] from, string[] to, List<int[]> trace)
    {
        var (x, y) = (from.Length, to.Length);
        var edits = new List<(LineEdit, string)>();
        for (var count = trace.Count - 1; count > 0; count--)
        {
            var (before, diagonal) = (trace[count - 1], x - y);
            int At(int other) => Math.Abs(other) <= count - 1 ? before[other + count - 1] : -1;
            var isInsert = diagonal == -count || (diagonal != count && At(diagonal - 1) < At(diagonal + 1));
            var previous = isInsert ? At(diagonal + 1) : At(diagonal - 1);
            var (startX, startY) = isInsert ? (previous, previous - diagonal) : (previous + 1, previous + 1 - diagonal);
            for (; x > startX && y > startY; x--, y--)
            {
                edits.Add((LineEdit.Keep, from[x - 1]));
            }

            edits.Add(isInsert ? (LineEdit.Insert, to[y - 1]) : (LineEdit.Delete, from[x - 1]));
            (x, y) = isInsert ? (x, y - 1) : (x - 1, y);
        }

        for (; x > 0; x--)
        {
            edits.Add((LineEdit.Keep, from[x - 1]));
        }

        edits.Reverse();
        return DeletionsFirst(edits);
    }

    private static List<(LineEdit Edit, string Line)> DeletionsFirst(List<(LineEdit Edit, string Line)> edits)
    {
        var sorted = new List<(LineEdit, string)>(edits.Count);
        var inserts = new List<(LineEdit, string)>();
        foreach (var edit in edits)
        {
            switch (edit.Edit)
            {
                case LineEdit.Insert:
                    inserts.Add(edit);
                    break;
                case LineEdit.Delete:
                    sorted.Add(edit);
                    break;
                default:
                    sorted.AddRange(inserts);
                    inserts.Clear();
                    sorted.Add(edit);
                    break;
            }
        }

        sorted.AddRange(inserts);
        return sorted;
    }
}
