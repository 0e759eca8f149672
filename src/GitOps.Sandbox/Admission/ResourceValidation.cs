using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>What containers and pods ask for.</summary>
internal static class ResourceValidation
{
    private static readonly string[] OfContainers = ["cpu", "memory", "ephemeral-storage"];

    public static void Check(JsonObject? resources, IReadOnlySet<string> claims, string path, Causes causes)
    {
        if (resources is null)
        {
            return;
        }

        var (limits, requests) = (resources.Object("limits"), resources.Object("requests"));
        Amounts(limits, $"{path}.limits", causes);
        foreach (var (name, request) in requests ?? [])
        {
            Amount(name, request, $"{path}.requests[{name}]", causes);
            var limit = limits?[name];
            if (limit is null && !IsOvercommitted(name))
            {
                causes.Required($"{path}.limits", "Limit must be set for non overcommitable resources");
            }
            else if (Quantity.TryRead(request, out var asked) && Quantity.TryRead(limit, out var most)
                && (IsOvercommitted(name) ? asked > most : asked != most))
            {
                var why = IsOvercommitted(name) ? $"must be less than or equal to {name} limit of {limit}" : $"must be equal to {name} limit of {limit}";
                causes.Invalid($"{path}.requests", request, why);
            }
        }

        var all = (limits ?? []).Concat(requests ?? []).Select(static amount => amount.Key).ToList();
        if (all.Exists(IsHugePages) && !all.Exists(static name => name is "cpu" or "memory"))
        {
            causes.Forbidden(path, "HugePages require cpu or memory");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (claim, place) in resources.Each("claims", path))
        {
            var name = claim.Text("name") ?? string.Empty;
            causes.RequireText($"{place}.name", name);
            if (!seen.Add(name + "/" + claim.Text("request")))
            {
                causes.Duplicate(place, name);
            }

            if (name.Length > 0 && !claims.Contains(name))
            {
                causes.Add(new("FieldValueNotFound", $"Not found: {Causes.Describe(name)}", place));
            }
        }
    }

    /// <summary>Amounts by name, none of them negative.</summary>
    public static void Amounts(JsonObject? amounts, string path, Causes causes)
    {
        foreach (var (name, amount) in amounts ?? [])
        {
            Amount(name, amount, $"{path}[{name}]", causes);
        }
    }

    internal static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    /// <summary>Whether more may be promised than there is: of what only some nodes have, never.</summary>
    private static bool IsOvercommitted(string name) => !IsHugePages(name) && IsNative(name);

    private static bool IsNative(string name) =>
        !name.Contains('/', StringComparison.Ordinal) || name.Contains("kubernetes.io/", StringComparison.Ordinal);

    private static void Amount(string name, JsonNode? amount, string field, Causes causes)
    {
        causes.Check(field, name, Names.Qualified(name));
        if (!name.Contains('/', StringComparison.Ordinal) && !OfContainers.Contains(name, StringComparer.Ordinal) && !IsHugePages(name))
        {
            causes.Invalid(field, name, "must be a standard resource for containers");
            if (name is not ("storage" or "pods"))
            {
                causes.Invalid(field, name, "must be a standard resource type or fully qualified");
            }
        }

        if (!Quantity.TryRead(amount, out var value))
        {
            return;
        }

        if (value < 0)
        {
            causes.Invalid(field, amount, "must be greater than or equal to 0");
        }

        if (name.Contains('/', StringComparison.Ordinal) && value != decimal.Truncate(value))
        {
            causes.Invalid(field, amount, "must be an integer");
        }
    }
}
