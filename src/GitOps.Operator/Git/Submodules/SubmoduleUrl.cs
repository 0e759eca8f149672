namespace GitOps.Operator.Git.Submodules;

/// <summary>Where a submodule is: its URL may be relative to that of the repository that has it, as Git means it.</summary>
internal static class SubmoduleUrl
{
    /// <param name="url">Of the submodule, as <c>.gitmodules</c> has it.</param>
    /// <param name="parent">Of the repository that has it.</param>
    /// <returns>Null where there are more steps up than the parent has parts.</returns>
    public static string? Resolve(string url, string parent)
    {
        if (!IsRelative(url))
        {
            return url;
        }

        var (rest, place, joint) = (url, parent.TrimEnd('/'), '/');
        while (IsRelative(rest))
        {
            if (rest.StartsWith("./", StringComparison.Ordinal))
            {
                rest = rest[2..];
                continue;
            }

            rest = rest[3..];
            var end = place.LastIndexOf('/');
            if (end < 0)
            {
                // What stands before the colon of user@host:path is not a step.
                end = place.LastIndexOf(':');
                joint = ':';
            }

            if (end <= 0 || place[..end].EndsWith(":/", StringComparison.Ordinal))
            {
                return null;
            }

            place = place[..end];
        }

        return (rest.Length == 0 ? place : place + joint + rest).TrimEnd('/');
    }

    private static bool IsRelative(string url) =>
        url.StartsWith("./", StringComparison.Ordinal) || url.StartsWith("../", StringComparison.Ordinal);
}
