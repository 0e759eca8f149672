using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Config;

/// <summary>One named entry of a kubeconfig (<c>users[admin].user</c>), with what is needed to read its fields and to name them.</summary>
/// <param name="Source">The file, for errors.</param>
/// <param name="Path">The entry, for errors.</param>
/// <param name="Fields">Its content.</param>
/// <param name="Directory">What relative paths are relative to; null: there is no file.</param>
internal sealed record KubeconfigSection(string Source, string Path, JsonObject Fields, string? Directory)
{
    public KubeconfigException Error(string field, string problem, Exception? inner = null) => new(Source, $"{Path}.{field}", problem, inner);

    /// <summary>Null where the field is absent, null or empty.</summary>
    public string? Text(string name) => Fields[name] switch
    {
        null => null,
        JsonValue value => value.ToString() is { Length: > 0 } text ? text : null,
        _ => throw Error(name, "expected a string"),
    };

    public bool Flag(string name) => Fields[name] switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        _ => throw Error(name, "expected true or false"),
    };

    public bool TryGetSection(string name, [NotNullWhen(true)] out KubeconfigSection? section)
    {
        section = Fields[name] switch
        {
            null => null,
            JsonObject fields => new(Source, $"{Path}.{name}", fields, Directory),
            _ => throw Error(name, "expected a mapping"),
        };
        return section is not null;
    }

    public IEnumerable<string> Texts(string name)
    {
        foreach (var item in Items(name))
        {
            yield return item is JsonValue value ? value.ToString() : throw Error(name, "expected a list of strings");
        }
    }

    /// <summary>The items of a list; none where it is absent.</summary>
    public JsonArray Items(string name) => Fields[name] switch
    {
        null => [],
        JsonArray items => items,
        _ => throw Error(name, "expected a list"),
    };

    /// <summary>An absolute path, or one relative to the kubeconfig's own directory.</summary>
    public string? FilePath(string name) =>
        Text(name) is { } path ? (Directory is null ? path : System.IO.Path.GetFullPath(path, Directory)) : null;

    /// <summary>PEM from <c>NAME-data</c> (base64, wins) or from the file <c>NAME</c>.</summary>
    public PemSource? Pem(string name)
    {
        if (Text(name + "-data") is { } data)
        {
            try
            {
                return PemSource.FromData(Convert.FromBase64String(data));
            }
            catch (FormatException exception)
            {
                throw Error(name + "-data", "not base64 of PEM text", exception);
            }
        }

        return FilePath(name) is { } path ? PemSource.FromFile(path) : null;
    }
}
