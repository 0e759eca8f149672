using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Yaml;

/// <summary>
/// Turns the nodes of one document into JSON under a dialect. Aliases and merge keys are resolved here, within a budget.
/// What is wrong is collected, so that one pass tells all of it.
/// </summary>
internal sealed class YamlToJson
{
    /// <summary>More are not worth looking for: nobody reads them.</summary>
    private const int MaxErrors = 50;

    private readonly YamlDialect _dialect;
    private readonly YamlBudget _budget;
    private readonly ICollection<YamlErrorException> _errors;

    private YamlToJson(YamlDialect dialect, YamlLimits limits, ICollection<YamlErrorException> errors)
    {
        _dialect = dialect;
        _budget = new(limits);
        _errors = errors;
    }

    /// <summary>The value of a document, complete only if no error was added.</summary>
    public static JsonNode? Convert(YamlNode root, YamlDialect dialect, YamlLimits limits, ICollection<YamlErrorException> errors)
    {
        try
        {
            return new YamlToJson(dialect, limits, errors).Convert(root);
        }
        catch (YamlErrorException e)
        {
            errors.Add(e);
            return null;
        }
    }

    private JsonNode? Convert(YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar:
                _budget.Take(scalar);
                return OfScalar(scalar);
            case YamlMapping mapping:
                _budget.Enter(mapping);
                var fields = OfMapping(mapping);
                _budget.Leave();
                return fields;
            case YamlSequence sequence:
                _budget.Enter(sequence);
                var items = new JsonArray();
                foreach (var item in sequence.Items)
                {
                    items.Add(Convert(item));
                }

                _budget.Leave();
                return items;
            case YamlAlias alias:
                _budget.EnterAlias();
                var target = Convert(alias.Target);
                _budget.LeaveAlias();
                return target;
            default:
                throw new InvalidOperationException($"unknown node {node.GetType().Name}");
        }
    }

    private JsonValue? OfScalar(YamlScalar scalar)
    {
        ScalarValue value;
        try
        {
            value = _dialect.Resolve(scalar);
        }
        catch (YamlErrorException e)
        {
            Report(e);
            return null;
        }

        switch (value.Kind)
        {
            case ScalarKind.Null:
                return null;
            case ScalarKind.Boolean:
                return JsonValue.Create(value.Text.Length == 4);
            case ScalarKind.Integer or ScalarKind.Float:
                // Backed by its text, like a number that came from the server.
                return JsonValue.Create(JsonElement.Parse(Encoding.UTF8.GetBytes(value.Text)));
            case ScalarKind.NotFinite:
                Report(new(scalar.Line, "infinities and not-a-number have no place in JSON: quote the value if it is meant as text"));
                return null;
            default:
                return JsonValue.Create(value.Text);
        }
    }

    private JsonObject OfMapping(YamlMapping mapping)
    {
        var fields = new JsonObject();
        HashSet<string>? own = null;
        foreach (var (key, value) in mapping.Entries)
        {
            if (YamlDialect.IsMergeKey(key))
            {
                own ??= new(fields.Select(static field => field.Key), StringComparer.Ordinal);
                Merge(value, fields, own);
                continue;
            }

            var name = KeyOf(key);
            var content = Convert(value);
            if (name is null)
            {
                continue;
            }

            if (_dialect.LastKeyWins)
            {
                own?.Add(name);
                fields[name] = content;
            }
            else if (own is null ? !fields.TryAdd(name, content) : !own.Add(name))
            {
                AddDuplicate(mapping, key, name);
            }
            else if (own is not null)
            {
                fields[name] = content;
            }
        }

        return fields;
    }

    /// <param name="value">A mapping or a list of mappings, of which earlier ones win.</param>
    /// <param name="fields">What is merged into.</param>
    /// <param name="own">The names that the mapping has so far by itself.</param>
    private void Merge(YamlNode value, JsonObject fields, HashSet<string> own)
    {
        var sources = value is YamlSequence sequence ? sequence.Items : [value];
        for (var i = sources.Count - 1; i >= 0; i--)
        {
            if (Dereference(sources[i]) is not YamlMapping)
            {
                Report(new(sources[i].Line, "a merge key '<<' takes a mapping or a list of mappings"));
                continue;
            }

            var source = (JsonObject)Convert(sources[i])!;
            var entries = source.ToList();
            source.Clear();
            foreach (var (name, content) in entries)
            {
                if (_dialect.MergeOverridesEarlierKeys || !own.Contains(name))
                {
                    fields[name] = content;
                }
            }
        }
    }

    private static YamlNode Dereference(YamlNode node) => node is YamlAlias alias ? alias.Target : node;

    /// <returns>Null after adding an error.</returns>
    private string? KeyOf(YamlNode key)
    {
        if (Dereference(key) is not YamlScalar scalar)
        {
            Report(new(key.Line, "a mapping or a list cannot be a key: quote it if it is meant as text; templates are not rendered here"));
            return null;
        }

        try
        {
            var value = _dialect.Resolve(scalar);
            if (value.Key is not null)
            {
                return value.Key;
            }

            Report(new(key.Line, value.Kind == ScalarKind.Null
                ? "null cannot be a key: quote it if it is meant as text"
                : "an integer this large cannot be a key: quote it"));
        }
        catch (YamlErrorException e)
        {
            Report(e);
        }

        return null;
    }

    private void AddDuplicate(YamlMapping mapping, YamlNode key, string name)
    {
        foreach (var (earlier, _) in mapping.Entries)
        {
            if (Dereference(earlier) is YamlScalar scalar && !YamlDialect.IsMergeKey(earlier)
                && string.Equals(_dialect.Resolve(scalar).Key, name, StringComparison.Ordinal))
            {
                Report(new(key.Line, $"duplicate key \"{name}\": first on line {earlier.Line}, remove one of them"));
                return;
            }
        }
    }

    private void Report(YamlErrorException error)
    {
        if (_errors.Count >= MaxErrors)
        {
            throw error;
        }

        _errors.Add(error);
    }
}
