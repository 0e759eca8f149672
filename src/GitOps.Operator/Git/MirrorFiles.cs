namespace GitOps.Operator.Git;

/// <summary>What we do to a mirror's files without git: all of it safe only because the directory is ours alone.</summary>
internal static class MirrorFiles
{
    private const string WholeMark = "gitops-whole";

    public static bool LooksUsable(string directory) =>
        File.Exists(Path.Combine(directory, "HEAD"))
        && File.Exists(Path.Combine(directory, "config"))
        && Directory.Exists(Path.Combine(directory, "objects"))
        && Directory.Exists(Path.Combine(directory, "refs"));

    /// <summary>Removes what a killed git left: its locks would stop every later one.</summary>
    public static void RemoveLeftovers(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*.lock", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        // Not among the refs: a branch may have such a name.
        var objects = Path.Combine(directory, "objects");
        foreach (var file in Directory.EnumerateFiles(objects, "tmp_*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        File.Delete(Path.Combine(directory, "gc.pid"));
        foreach (var left in Directory.GetDirectories(objects, "incoming-*").Concat(Directory.GetDirectories(objects, "tmp_objdir-*")))
        {
            Directory.Delete(left, recursive: true);
        }
    }

    /// <summary>Whether the mirror has the files of all its commits.</summary>
    public static bool IsWhole(string directory) => File.Exists(Path.Combine(directory, WholeMark));

    public static void MarkWhole(string directory) => File.WriteAllBytes(Path.Combine(directory, WholeMark), []);

    public static int CountPacks(string directory)
    {
        var packs = Path.Combine(directory, "objects", "pack");
        return Directory.Exists(packs) ? Directory.EnumerateFiles(packs, "*.pack").Count() : 0;
    }

    /// <summary>Moved aside first, so that the place is free even if the deletion is cut short.</summary>
    public static void Delete(string directory)
    {
        if (MoveAside(directory) is { } aside)
        {
            Directory.Delete(aside, recursive: true);
        }
    }

    /// <returns>Where it is now; null if there was none.</returns>
    public static string? MoveAside(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        var aside = $"{directory}.old-{Guid.NewGuid():N}";
        Directory.Move(directory, aside);
        return aside;
    }

    /// <summary>Runs file work on a mirror; what goes wrong there (a full disk) concerns one repository, not the program.</summary>
    /// <exception cref="GitException"><see cref="GitFailure.Other"/>.</exception>
    public static T Guard<T>(string repository, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GitException(GitFailure.Other, $"{repository}: the mirror's directory cannot be used: {exception.Message}", exception);
        }
    }
}
