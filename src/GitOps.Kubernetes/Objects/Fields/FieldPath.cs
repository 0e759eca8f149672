using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects.Fields;

/// <summary>A path from an object's root to one of its fields.</summary>
public sealed class FieldPath : IEquatable<FieldPath>
{
    public static readonly FieldPath Root = new([]);

    public FieldPath(ImmutableArray<PathElement> elements) => Elements = elements;

    public ImmutableArray<PathElement> Elements { get; }

    public FieldPath Append(PathElement element) => new(Elements.Add(element));

    /// <summary>The value at this path of an object, JSON null included.</summary>
    public bool TryGet(JsonNode? root, out JsonNode? value)
    {
        value = root;
        foreach (var element in Elements)
        {
            if (!element.TryStep(value, out value))
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(FieldPath? other) => other is not null && Elements.AsSpan().SequenceEqual(other.Elements.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as FieldPath);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var element in Elements)
        {
            hash.Add(element);
        }

        return hash.ToHashCode();
    }

    /// <summary>
    /// For people: <c>spec.template.spec.containers[name=main].image</c>, <c>metadata.labels["app.kubernetes.io/name"]</c>,
    /// <c>metadata.finalizers["x"]</c>, <c>spec.list[0]</c>.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var element in Elements)
        {
            Write(text, element);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, PathElement element)
    {
        switch (element.Kind)
        {
            case PathElementKind.Field when IsPlain(element.Content):
                if (text.Length > 0)
                {
                    text.Append('.');
                }

                text.Append(element.Content);
                break;
            case PathElementKind.Field:
                text.Append("[\"").Append(element.Content).Append("\"]");
                break;
            case PathElementKind.Key:
                var keys = KubernetesJson.ParseObject(element.Content);
                text.Append('[').AppendJoin(',', keys.Select(static key => $"{key.Key}={key.Value}")).Append(']');
                break;
            default:
                text.Append('[').Append(element.Content).Append(']');
                break;
        }
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '$');
}
