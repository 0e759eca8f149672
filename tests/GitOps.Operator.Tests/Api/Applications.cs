using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

/// <summary>Applications to test with.</summary>
internal static class Applications
{
    public static readonly TrustPolicy Trusting = new("gitops-system", ["team-a"], null);

    public const string Source = """ "source":{"repoURL":"https://example.org/a.git","path":"apps/web"} """;

    public static ApplicationResource Of(string spec, string @namespace = "team-a", string rest = "") => ApplicationResource.Parse(
        KubernetesObject.Parse($$"""
            {"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application",
             "metadata":{"name":"web","namespace":"{{@namespace}}","uid":"u","generation":3,"resourceVersion":"7"},"spec":{{spec}}{{rest}}}
            """));

    public static SpecValidation Validate(string spec) => SpecValidator.Validate(Of(spec), Trusting);

    /// <summary>An otherwise good Application with one field set; a list has one item.</summary>
    public static ApplicationResource With(string path, JsonNode value)
    {
        var root = new JsonObject
        {
            ["spec"] = new JsonObject { ["source"] = new JsonObject { ["repoURL"] = "https://example.org/a.git", ["path"] = "apps/web" } },
        };
        JsonNode node = root;
        var steps = path.Replace("[]", ".[]", StringComparison.Ordinal).Split('.');
        for (var i = 0; i < steps.Length; i++)
        {
            JsonNode next = i == steps.Length - 1 ? value : steps[i + 1] == "[]" ? new JsonArray() : new JsonObject();
            if (node is JsonArray list)
            {
                list.Add(next);
            }
            else if (node[steps[i]] is { } there && i < steps.Length - 1)
            {
                next = there;
            }
            else
            {
                node[steps[i]] = next;
            }

            node = next;
        }

        var json = new JsonObject
        {
            ["apiVersion"] = Names.ApiVersion,
            ["kind"] = Names.ApplicationKind,
            ["metadata"] = new JsonObject { ["name"] = "web", ["namespace"] = "team-a" },
        };
        foreach (var (name, part) in root)
        {
            json[name] = part?.DeepClone();
        }

        return ApplicationResource.Parse(new KubernetesObject(json));
    }
}
