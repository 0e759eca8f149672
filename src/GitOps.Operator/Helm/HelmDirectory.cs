using GitOps.Manifests.Helm;

namespace GitOps.Operator.Helm;

/// <summary>The private directory of one run: only this user may enter it, and it goes when the run has ended.</summary>
internal sealed class HelmDirectory : IDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private HelmDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Removes what a former process left behind.</summary>
    /// <exception cref="IOException">It cannot be removed, or made again.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Sweep(string root)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Make(root);
    }

    /// <exception cref="IOException">The disk is full, or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static HelmDirectory Create(string root, IEnumerable<HelmFile> files)
    {
        var directory = new HelmDirectory(System.IO.Path.Combine(root, Guid.NewGuid().ToString("N")));
        try
        {
            Make(directory.Path);
            var made = new HashSet<string>(StringComparer.Ordinal);
            foreach (var file in files)
            {
                var path = System.IO.Path.Combine(directory.Path, file.Path);
                var parent = System.IO.Path.GetDirectoryName(path)!;
                if (made.Add(parent))
                {
                    Directory.CreateDirectory(parent);
                }

                File.WriteAllBytes(path, file.Content.Span);
            }

            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OnlyOwner);
        }
    }
}
