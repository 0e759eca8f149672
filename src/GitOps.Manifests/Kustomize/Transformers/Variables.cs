using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Writes the values of variables where <c>$(NAME)</c> stands.</summary>
internal sealed class Variables(IReadOnlyDictionary<string, Variable> variables, List<FieldSpec> fields) : ITransformer
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public void Transform(ResourceSet resources, BuildState state)
    {
        var owners = new Dictionary<string, Resource>(StringComparer.Ordinal);
        foreach (var resource in resources.All)
        {
            resource.Variables.ForEach(name => owners.TryAdd(name, resource));
        }

        var values = variables.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary(static pair => pair.Key, pair => ValueOf(pair.Value, owners), StringComparer.Ordinal);
        if (values.Count == 0)
        {
            return;
        }

        Action<Node> replace = node => Replace(node, values);
        foreach (var resource in resources.All)
        {
            foreach (var field in fields)
            {
                FieldVisitor.Visit(resource, field, replace);
            }
        }

        foreach (var name in values.Keys.Where(name => !_used.Contains(name)))
        {
            state.Warn($"the variable '{name}' is defined, and used nowhere");
        }
    }

    private static Node ValueOf(Variable variable, Dictionary<string, Resource> owners)
    {
        var owner = owners.GetValueOrDefault(variable.Name)
            ?? throw new KustomizeException($"var '{variable}' cannot be mapped to a field in the set of known resources");
        return NodePath.Find(owner.Node, Parts(variable.FieldPath))
            ?? throw new KustomizeException($"field specified in var '{variable}' not found in corresponding resource");
    }

    /// <summary><c>containers[0].image</c> may be written too.</summary>
    private static List<string> Parts(string path)
    {
        var parts = new List<string>();
        foreach (var part in NodePath.SplitDotted(path))
        {
            var bracket = part.IndexOf('[', StringComparison.Ordinal);
            if (bracket > 0 && part.EndsWith(']') && part[(bracket + 1)..^1].All(char.IsAsciiDigit))
            {
                parts.Add(part[..bracket]);
                parts.Add(part[(bracket + 1)..^1]);
            }
            else
            {
                parts.Add(part);
            }
        }

        return parts;
    }

    private void Replace(Node node, Dictionary<string, Node> values)
    {
        switch (node.Kind)
        {
            case NodeKind.Scalar when IsText(node):
                Expand(node, values);
                break;
            case NodeKind.Map:
                foreach (var field in node.Fields.Where(static field => IsText(field.Value)))
                {
                    Expand(field.Value, values);
                }

                break;
            case NodeKind.List:
                foreach (var item in node.Items)
                {
                    if (!IsText(item))
                    {
                        throw new KustomizeException("invalid value type expect a string");
                    }

                    Expand(item, values);
                }

                break;
            default:
                break;
        }
    }

    private static bool IsText(Node node) => node is { Kind: NodeKind.Scalar, Tag: ScalarTag.String or ScalarTag.Plain };

    private void Expand(Node node, Dictionary<string, Node> values)
    {
        var input = node.Text;
        BuildWork.Spend(input.Length);
        var output = new StringBuilder();
        var position = 0;
        while (position < input.Length)
        {
            if (input[position] != '$' || position + 1 >= input.Length)
            {
                output.Append(input[position++]);
                continue;
            }

            var (name, length) = NameAt(input, position + 1);
            if (name is null)
            {
                // Two dollars are one; anything else stays.
                output.Append(input[position + 1] == '$' ? "$" : input.AsSpan(position, 2));
                position += 2;
                continue;
            }

            if (!values.TryGetValue(name, out var value) || value.Kind != NodeKind.Scalar)
            {
                output.Append("$(").Append(name).Append(')');
            }
            else if (length + 1 == input.Length)
            {
                _used.Add(name);
                Become(node, value);
                return;
            }
            else
            {
                var text = TextOf(value);
                BuildWork.Spend(text.Length);
                _used.Add(name);
                output.Append(text);
            }

            position += length + 1;
        }

        (node.Text, node.Tag, node.IsQuoted) = (output.ToString(), ScalarTag.String, false);
    }

    private static (string? Name, int Length) NameAt(string input, int position)
    {
        var close = input[position] == '(' ? input.IndexOf(')', position) : -1;
        return close < 0 ? (null, 0) : (input[(position + 1)..close], close - position + 1);
    }

    /// <summary>A field that is nothing but a variable takes its type too.</summary>
    private static void Become(Node node, Node value)
    {
        var json = NodeJson.ToJson(value);
        (node.Text, node.Tag, node.IsQuoted) = json?.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => (TextOf(value), ScalarTag.Boolean, false),
            JsonValueKind.Number => (json.ToJsonString(), value.Tag == ScalarTag.Float ? ScalarTag.Float : ScalarTag.Integer, false),
            null => (string.Empty, ScalarTag.String, false),
            _ => (json.GetValue<string>(), ScalarTag.String, false),
        };
    }

    private static string TextOf(Node value) => NodeJson.ToJson(value) switch
    {
        null => string.Empty,
        JsonValue json when json.TryGetValue(out string? text) => text,
        var json => json.ToJsonString(),
    };
}
