using System.Globalization;

namespace GitOps.Operator.Git;

/// <summary>
/// The whole environment of a git process. Nothing is inherited but what <see cref="GitOptions.InheritedEnvironment"/> lists, and
/// settings travel as GIT_CONFIG_KEY_n: they beat every file, and neither `ps` nor the mirror shows them.
/// </summary>
internal sealed class GitEnvironment
{
    private readonly Dictionary<string, string> _base = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, string>> _config = [];

    public GitEnvironment(GitOptions options)
    {
        var home = Path.Combine(options.CacheDirectory, "home");
        foreach (var (name, value) in options.InheritedEnvironment)
        {
            _base[name] = value;
        }

        // Git built on GnuTLS does not read SSL_CERT_FILE.
        if (_base.TryGetValue("SSL_CERT_FILE", out var authorities))
        {
            _base.TryAdd("GIT_SSL_CAINFO", authorities);
        }

        _base["HOME"] = home;
        _base["XDG_CONFIG_HOME"] = home;
        _base["LC_ALL"] = "C";
        _base["GIT_TERMINAL_PROMPT"] = "0";
        _base["GIT_CONFIG_NOSYSTEM"] = "1";
        _base["GIT_ATTR_NOSYSTEM"] = "1";
        _base["GIT_CONFIG_GLOBAL"] = options.AllowLocalRepositories ? Path.Combine(options.CacheDirectory, GlobalConfigName) : "/dev/null";
        _base["GIT_OPTIONAL_LOCKS"] = "0";
        _base["GIT_NO_LAZY_FETCH"] = "1";

        Set("protocol.allow", "never");
        Set("protocol.https.allow", "always");
        Set("protocol.ssh.allow", "always");
        Set("protocol.version", "2");
        if (options.AllowLocalRepositories)
        {
            Set("protocol.file.allow", "always");
        }

        Set("core.hooksPath", "/dev/null");
        Set("core.fsmonitor", "false");
        Set("core.askPass", string.Empty);
        Set("credential.helper", string.Empty);
        Set("safe.bareRepository", "explicit");

        // A moved repository redirects; anything later in the conversation has no business to.
        Set("http.followRedirects", "initial");

        // One that says nothing at all. While a server counts the objects of a large repository it sends a few bytes every five seconds;
        // whatever is slow ends at the time limit of the process.
        Set("http.lowSpeedLimit", "1");
        Set("http.lowSpeedTime", "60");

        // No fsck of what is fetched: nothing is ever checked out, our own parser refuses dangerous names, and fsck refuses
        // harmless old repositories (zero-padded modes, odd time zones) that kubectl users deploy from every day.
        Set("transfer.fsckObjects", "false");
        Set("transfer.bundleURI", "false");
        Set("fetch.recurseSubmodules", "false");
        Set("gc.auto", "0");
        Set("maintenance.auto", "false");
        Set("gc.autoDetach", "false");
        Set("gc.writeCommitGraph", "false");
        Set("fetch.writeCommitGraph", "false");

        // Bounds what a repack may take of a small pod.
        Set("pack.threads", "1");
        Set("pack.windowMemory", "32m");
        Set("pack.deltaCacheSize", "16m");
    }

    /// <summary>
    /// Read by git's children too, unlike the variables above: a local repository is served by a `git upload-pack` that would else
    /// refuse a directory owned by somebody else.
    /// </summary>
    public static string GlobalConfigName => "gitconfig";

    public static string GlobalConfig => "[safe]\n\tdirectory = *\n";

    /// <remarks>
    /// <para><paramref name="target"/>: Cleared first.</para>
    /// <para><paramref name="config"/>: More settings, for this process; the later of two of one name counts.</para>
    /// <para><paramref name="variables"/>: More variables, or others.</para>
    /// </remarks>
    public void Fill(
        IDictionary<string, string?> target, IReadOnlyList<KeyValuePair<string, string>> config, IReadOnlyDictionary<string, string>? variables = null)
    {
        target.Clear();
        foreach (var (name, value) in _base)
        {
            target[name] = value;
        }

        var index = 0;
        foreach (var (key, value) in _config.Concat(config))
        {
            target[$"GIT_CONFIG_KEY_{index}"] = key;
            target[$"GIT_CONFIG_VALUE_{index}"] = value;
            index++;
        }

        foreach (var (name, value) in variables ?? new Dictionary<string, string>(0, StringComparer.Ordinal))
        {
            target[name] = value;
        }

        target["GIT_CONFIG_COUNT"] = index.ToString(CultureInfo.InvariantCulture);
    }

    private void Set(string key, string value) => _config.Add(new(key, value));
}
