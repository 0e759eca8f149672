using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>What the containers of a pod ask for together.</summary>
internal static class PodRequests
{
    /// <returns>Null if no container asks for it.</returns>
    public static JsonNode? Together(JsonObject spec, string resource)
    {
        var (sum, sidecars, initial) = (0m, 0m, 0m);
        JsonNode? only = null;
        var asked = 0;
        foreach (var container in spec.Objects("containers"))
        {
            sum += Of(container);
        }

        foreach (var container in spec.Objects("initContainers"))
        {
            var amount = Of(container);
            if (container.Text("restartPolicy") == "Always")
            {
                sidecars += amount;
                initial = Math.Max(initial, sidecars);
            }
            else
            {
                initial = Math.Max(initial, sidecars + amount);
            }
        }

        if (asked == 0)
        {
            return null;
        }

        var isBinary = resource == "memory" && only!.ToString().EndsWith('i');
        return asked == 1 ? only!.DeepClone() : Write(Math.Max(sum + sidecars, initial), isBinary);

        decimal Of(JsonObject container)
        {
            var value = container.Object("resources").Object("requests")?[resource];
            if (!Quantity.TryRead(value, out var amount))
            {
                return 0;
            }

            (only, asked) = (value, asked + 1);
            return amount;
        }
    }

    private static JsonValue Write(decimal amount, bool isBinary)
    {
        var text = isBinary && amount == decimal.Truncate(amount)
            ? $"{amount / 1024:0.##########}Ki"
            : $"{amount * 1000:0}m";
        return JsonValue.Create(Quantity.Canonical(text) ?? text);
    }
}
