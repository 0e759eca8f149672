using System.Security.Cryptography;
using System.Text;
using GitOps.Manifests.Kustomize.Nodes;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>
/// The suffix that kustomize gives to generated names: of a hash over the content as Go writes it in JSON, ten characters in which
/// some are replaced so that no word comes out. The name takes no part: what kustomize looks up there is always empty.
/// </summary>
internal static class ContentHash
{
    private const int Length = 10;

    public static string Of(Node node)
    {
        var text = new StringBuilder();
        switch (node.TextOf("kind"))
        {
            case "ConfigMap":
                Write(text, ("binaryData", node.Get("binaryData"), true), ("data", node.Get("data"), false), ("kind", Node.String("ConfigMap"), false),
                    ("name", null, false));
                break;
            case "Secret":
                Write(text, ("data", node.Get("data"), false), ("kind", Node.String("Secret"), false), ("name", null, false),
                    ("stringData", node.Get("stringData"), true), ("type", node.Get("type"), false));
                break;
            default:
                throw new KustomizeException($"a name suffix can be made for ConfigMaps and Secrets, not for a {node.TextOf("kind")}");
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return string.Create(Length, hash, static (span, hash) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = hash[i] switch { '0' => 'g', '1' => 'h', '3' => 'k', 'a' => 'm', 'e' => 't', var other => other };
            }
        });
    }

    /// <summary>Members by name; one that is a map only if present is left out where it is not, others are empty then.</summary>
    private static void Write(StringBuilder text, params (string Name, Node? Value, bool OnlyIfMap)[] members)
    {
        var separator = '{';
        foreach (var (name, value, onlyIfMap) in members)
        {
            if (onlyIfMap && value is not { Kind: NodeKind.Map })
            {
                continue;
            }

            text.Append(separator).Append('"').Append(name).Append("\":");
            separator = ',';
            if (value is { Kind: NodeKind.Map })
            {
                text.Append(GoJson.Write(NodeJson.ToJson(value)));
            }
            else
            {
                GoJson.WriteString(text, value is { Kind: NodeKind.Scalar } ? value.Text : string.Empty);
            }
        }

        text.Append('}');
    }
}
