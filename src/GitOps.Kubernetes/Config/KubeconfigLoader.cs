namespace GitOps.Kubernetes.Config;

/// <summary>Finds, merges and resolves kubeconfig files.</summary>
public static class KubeconfigLoader
{
    /// <summary>The configuration of the one cluster that the request leads to.</summary>
    /// <exception cref="KubeconfigException">Nothing is found, or what is found cannot be used.</exception>
    public static ClusterConfig Load(KubeconfigRequest request)
    {
        if (request.Content is { } content)
        {
            return Resolve(KubeconfigDocument.Parse(content, request.ContentName, directory: null), request);
        }

        if (request.Path is { } path)
        {
            return Resolve(ReadFile(path), request);
        }

        if (Discover(request) is { IsEmpty: false } document)
        {
            return Resolve(document, request);
        }

        if (InClusterConfig.IsPresent(request.Environment))
        {
            return InClusterConfig.Load(request.Environment, request.ServiceAccountDirectory);
        }

        throw new KubeconfigException("kubeconfig", string.Empty,
            "found none: KUBECONFIG names no file that exists, there is no ~/.kube/config, and this is not a pod; name a file");
    }

    /// <summary>One file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Null: the file's current-context.</param>
    /// <exception cref="KubeconfigException">The file cannot be read or used.</exception>
    public static ClusterConfig FromFile(string path, string? context = null) =>
        Load(new KubeconfigRequest { Path = path, Context = context });

    private static KubeconfigDocument? Discover(KubeconfigRequest request)
    {
        IEnumerable<string> paths = [];
        if (request.Environment("KUBECONFIG") is { Length: > 0 } list)
        {
            paths = list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        else if (request.HomeDirectory is { } home)
        {
            paths = [Path.Combine(home, ".kube", "config")];
        }

        KubeconfigDocument? merged = null;
        foreach (var path in paths.Where(File.Exists))
        {
            var document = ReadFile(path);
            if (merged is null)
            {
                merged = document;
            }
            else
            {
                merged.Merge(document);
            }
        }

        return merged;
    }

    private static KubeconfigDocument ReadFile(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            return KubeconfigDocument.Parse(File.ReadAllBytes(full), full, Path.GetDirectoryName(full));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException(full, string.Empty, $"cannot be read ({exception.Message}); check the path and its permissions",
                exception);
        }
    }

    private static ClusterConfig Resolve(KubeconfigDocument document, KubeconfigRequest request)
    {
        var context = document.Context(request.Context);
        var cluster = document.Cluster(context);
        var user = document.User(context);
        if (request.Trust == KubeconfigTrust.Hostile)
        {
            KubeconfigGuard.Check(cluster, user);
        }

        var config = KubeconfigReader.ReadCluster(cluster) with { DefaultNamespace = context.Text("namespace") ?? "default" };
        if (user is null)
        {
            return config;
        }

        config = KubeconfigReader.AddUser(config, user, cluster);
        return config.Credentials.Exec is { } plugin && request.AllowedPlugins?.Contains(plugin.Command, StringComparer.Ordinal) == false
            ? throw user.Error("exec.command", $"{plugin.Command} is not among the programs that may be run; allow it, or use another way to authenticate")
            : config;
    }
}
