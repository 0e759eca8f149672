namespace GitOps.Kubernetes.Config;

/// <summary>The configuration of a cluster cannot be used. The message names the file, the field and the way out.</summary>
public sealed class KubeconfigException : Exception
{
    public KubeconfigException(string source, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{source}: {problem}" : $"{source}: {field}: {problem}", inner)
    {
        ConfigSource = source;
        Field = field;
    }

    /// <summary>The file, or what the caller named the content.</summary>
    public string ConfigSource { get; }

    /// <summary><c>users[admin].user.exec.command</c>; empty if the whole is meant.</summary>
    public string Field { get; }
}
