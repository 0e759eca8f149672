using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>
/// Reads a mapping of a kustomization or of a transformer's configuration. Names are matched as kustomize does, whatever their
/// case; null is as good as absent.
/// </summary>
internal sealed class ConfigReader
{
    private readonly Dictionary<string, JsonNode> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _names = [];
    private readonly string _path;
    private readonly bool _isStrict;

    /// <param name="json">The mapping.</param>
    /// <param name="path">Of it, for errors; empty for the whole file.</param>
    /// <param name="isStrict">Whether fields that nobody asks for are an error.</param>
    public ConfigReader(JsonNode? json, string path, bool isStrict = true)
    {
        (_path, _isStrict) = (path, isStrict);
        if (json is not JsonObject fields)
        {
            throw new KustomizeException($"{(path.Length == 0 ? "the file" : path)} must be a mapping");
        }

        foreach (var (name, value) in fields)
        {
            _names.Add(name);
            if (value is not null)
            {
                _fields[name] = value;
            }
        }
    }

    /// <exception cref="KustomizeException">There is a field that nobody asked for.</exception>
    public void RefuseOthers()
    {
        if (_isStrict && _names.Find(name => !_asked.Contains(name)) is { } unknown)
        {
            throw new KustomizeException($"unknown field \"{Join(unknown)}\": correct its name, or remove it");
        }
    }

    public bool Has(string name) => Find(name) is not null;

    public JsonNode? Find(string name)
    {
        _asked.Add(name);
        return _fields.GetValueOrDefault(name);
    }

    public string Text(string name) => OptionalText(name) ?? string.Empty;

    public string? OptionalText(string name) => Find(name) switch
    {
        null => null,
        var node => TextOf(node) ?? throw new KustomizeException($"{Join(name)} must be a string: quote it"),
    };

    public bool Flag(string name) => Find(name) switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        _ => throw new KustomizeException($"{Join(name)} must be true or false"),
    };

    public long Integer(string name) => Find(name) switch
    {
        null => 0,
        var value when KubernetesObject.TryGetInt64(value, out var number) => number,
        _ => throw new KustomizeException($"{Join(name)} must be an integer"),
    };

    public List<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (var item in Array(name))
        {
            texts.Add(item is null ? string.Empty
                : TextOf(item) ?? throw new KustomizeException($"{Join(name)} must be a list of strings"));
        }

        return texts;
    }

    public List<T> List<T>(string name, Func<ConfigReader, T> read)
    {
        var result = new List<T>();
        foreach (var item in Array(name))
        {
            result.Add(read(new(item, $"{Join(name)}[{result.Count}]", _isStrict)));
        }

        return result;
    }

    public T? Object<T>(string name, Func<ConfigReader, T> read)
        where T : class
    {
        var json = Find(name);
        return json is null ? null : read(new(json, Join(name), _isStrict));
    }

    /// <summary>A map of strings; null where there is none.</summary>
    public SortedDictionary<string, string>? Map(string name)
    {
        if (Find(name) is not { } json)
        {
            return null;
        }

        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in json as JsonObject ?? throw new KustomizeException($"{Join(name)} must be a mapping of strings"))
        {
            map[key] = value is null ? string.Empty
                : TextOf(value) ?? throw new KustomizeException($"{Join(name)}.{key} must be a string: quote it");
        }

        return map;
    }

    /// <summary>A string; where kustomize is not strict, any other plain value is taken for one.</summary>
    private string? TextOf(JsonNode node) => node is not JsonValue value ? null
        : value.TryGetValue(out string? text) ? text
        : _isStrict ? null
        : value.ToJsonString();

    private JsonArray Array(string name) => Find(name) switch
    {
        null => [],
        JsonArray items => items,
        _ => throw new KustomizeException($"{Join(name)} must be a list"),
    };

    private string Join(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
