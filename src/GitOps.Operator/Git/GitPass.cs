namespace GitOps.Operator.Git;

/// <summary>
/// What one git process gets to reach one server: settings and variables of that process alone, and key files that only we can read.
/// Nothing of it is in arguments, in the mirror, or left when it is disposed.
/// </summary>
internal sealed class GitPass : IDisposable
{
    private const string Mask = "***";

    private readonly string _parent;
    private readonly List<KeyValuePair<string, string>> _config = [];
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly List<string> _hidden = [];
    private string? _directory;

    /// <param name="parent">Of the directory with its files, if there are any.</param>
    public GitPass(string parent) => _parent = parent;

    /// <summary>More settings of the process.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Config => _config;

    /// <summary>More variables of the process, or others.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    public void Configure(string key, string value) => _config.Add(new(key, value));

    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>A value that is not to be shown, whatever repeats it.</summary>
    public void Hide(string value)
    {
        if (value.Length > 0)
        {
            _hidden.Add(value);
        }
    }

    /// <summary>What a program or server wrote, without the values that are not to be shown.</summary>
    public string Redact(string text)
    {
        foreach (var hidden in _hidden.OrderByDescending(static value => value.Length))
        {
            text = text.Replace(hidden, Mask, StringComparison.Ordinal);
            var escaped = Uri.EscapeDataString(hidden);
            text = escaped == hidden ? text : text.Replace(escaped, Mask, StringComparison.OrdinalIgnoreCase);
        }

        return text;
    }

    /// <returns>The path of a file that only we can read.</returns>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Home(), name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(content);
        return path;
    }

    /// <returns>The path of an empty directory.</returns>
    public string MakeDirectory(string name)
    {
        var path = Path.Combine(Home(), name);
        GitCacheDirectory.Make(path);
        return path;
    }

    public void Dispose()
    {
        if (_directory is { } directory)
        {
            _directory = null;
            try
            {
                Directory.Delete(directory, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Still only ours to read, and gone with the next start at the latest.
            }
        }
    }

    private string Home()
    {
        if (_directory is null)
        {
            _directory = Path.Combine(_parent, Guid.NewGuid().ToString("N"));
            GitCacheDirectory.Make(_directory);
        }

        return _directory;
    }
}
