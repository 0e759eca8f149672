using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>The directory of all mirrors, locked for this process. An earlier, killed process's lock ends with it.</summary>
internal sealed class GitCacheDirectory : IDisposable
{
    private readonly string _mirrors;
    private readonly FileStream _lock;

    /// <exception cref="GitException">Another process uses the directory, or it cannot be written.</exception>
    public GitCacheDirectory(GitOptions options)
    {
        var root = options.CacheDirectory;
        _mirrors = Path.Combine(root, "mirrors");
        try
        {
            Make(root);
            Make(_mirrors);
            _lock = new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

            // Git reads what is in its home; nothing may be there.
            var home = Path.Combine(root, "home");
            if (Directory.Exists(home))
            {
                Directory.Delete(home, recursive: true);
            }

            Make(home);

            // Key files of a process that was killed.
            var passes = Passes(options);
            if (Directory.Exists(passes))
            {
                Directory.Delete(passes, recursive: true);
            }

            Make(passes);
            File.WriteAllText(Path.Combine(root, GitEnvironment.GlobalConfigName), GitEnvironment.GlobalConfig);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GitException(
                GitFailure.Other, $"the Git cache directory {root} cannot be used, or another process uses it: {exception.Message}", exception);
        }
    }

    /// <summary>Where key files are while a git process needs them.</summary>
    public static string Passes(GitOptions options) => Path.Combine(options.CacheDirectory, "passes");

    /// <remarks><paramref name="scope"/>: <see cref="GitRemote.Scope"/>. What one credential may fetch, another may not see.</remarks>
    public string MirrorOf(string scope) => Path.Combine(_mirrors, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)))[..32]);

    public IReadOnlyList<string> Mirrors() => Directory.GetDirectories(_mirrors);

    public void Dispose() => _lock.Dispose();

    /// <summary>A directory that only we can enter.</summary>
    public static void Make(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
