using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Probes and hooks of containers.</summary>
internal static class ProbeValidation
{
    private static readonly string[] ProbeActions = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] HookActions = ["exec", "httpGet", "tcpSocket", "sleep"];

    public static void Probes(JsonObject container, string path, Causes causes)
    {
        foreach (var name in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            if (container.Object(name) is not { } probe)
            {
                continue;
            }

            var place = $"{path}.{name}";
            Action(probe, ProbeActions, place, KubernetesObject.GetInt64(probe, "gracePeriod") ?? 0, causes);
            causes.NotNegative(place, probe, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold");
            if (probe["terminationGracePeriodSeconds"] is { } grace)
            {
                if (name == "readinessProbe")
                {
                    causes.Invalid($"{place}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes");
                }
                else if (KubernetesObject.TryGetInt64(grace, out var seconds) && seconds <= 0)
                {
                    causes.Invalid($"{place}.terminationGracePeriodSeconds", grace, "must be greater than 0");
                }
            }

            if (name != "readinessProbe" && KubernetesObject.GetInt64(probe, "successThreshold") is { } successes && successes != 1)
            {
                causes.Invalid($"{place}.successThreshold", successes, "must be 1");
            }
        }
    }

    public static void Hooks(JsonObject container, string path, long grace, Causes causes)
    {
        foreach (var name in new[] { "postStart", "preStop" })
        {
            if (container.Object("lifecycle").Object(name) is { } hook)
            {
                Action(hook, HookActions, $"{path}.lifecycle.{name}", grace, causes);
            }
        }
    }

    private static void Action(JsonObject handler, string[] kinds, string path, long grace, Causes causes)
    {
        var given = kinds.Where(name => handler[name] is JsonObject).ToList();
        if (given.Count == 0)
        {
            causes.Required(path, "must specify a handler type");
        }

        foreach (var extra in given.Skip(1))
        {
            causes.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        }

        if (given.Count == 0)
        {
            return;
        }

        var action = handler.Object(given[0]);
        var place = $"{path}.{given[0]}";
        switch (given[0])
        {
            case "exec":
                if (action!.IsEmptyList("command"))
                {
                    causes.Required($"{place}.command");
                }

                break;
            case "httpGet":
                causes.RequireText($"{place}.path", action.Text("path"));
                causes.PortOrName($"{place}.port", action?["port"]);
                causes.OneOf($"{place}.scheme", action?["scheme"], "HTTP", "HTTPS");
                foreach (var (header, _) in action.Each("httpHeaders", place))
                {
                    if (!IsHeader(header.Text("name") ?? string.Empty))
                    {
                        causes.Invalid($"{place}.httpHeaders", header["name"],
                            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
                    }
                }

                break;
            case "tcpSocket":
                causes.PortOrName($"{place}.port", action?["port"]);
                break;
            case "grpc":
                causes.Port($"{place}.port", action?["port"]);
                break;
            default:
                if (KubernetesObject.GetInt64(action, "seconds") is < 0 or null || KubernetesObject.GetInt64(action, "seconds") > grace)
                {
                    causes.Invalid(place, action?["seconds"], $"must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                }

                break;
        }
    }

    private static bool IsHeader(string text) => text.Length > 0 && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
}
