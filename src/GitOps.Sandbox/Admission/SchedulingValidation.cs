using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Where a pod wants to run.</summary>
internal static class SchedulingValidation
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Check(JsonObject spec, string path, Causes causes)
    {
        Tolerations(spec, path, causes);
        NodeAffinity(spec.Object("affinity").Object("nodeAffinity"), $"{path}.affinity.nodeAffinity", causes);
        foreach (var name in new[] { "podAffinity", "podAntiAffinity" })
        {
            PodAffinity(spec.Object("affinity").Object(name), $"{path}.affinity.{name}", causes);
        }

        Spread(spec, path, causes);
        var gates = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (gate, place) in spec.Each("schedulingGates", path))
        {
            var name = gate.Text("name") ?? string.Empty;
            causes.Check(place, name, Names.Qualified(name));
            if (!gates.Add(name))
            {
                causes.Duplicate(place, name);
            }
        }
    }

    public static void Tolerations(JsonObject? spec, string path, Causes causes)
    {
        foreach (var (toleration, place) in spec.Each("tolerations", path))
        {
            var (key, @operator) = (toleration.Text("key") ?? string.Empty, toleration.Text("operator") ?? string.Empty);
            causes.CheckOptional($"{place}.key", key, Names.Qualified);
            if (key.Length == 0 && @operator != "Exists")
            {
                causes.Invalid($"{place}.operator", @operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }

            if (toleration["tolerationSeconds"] is not null && toleration.Text("effect") != "NoExecute")
            {
                causes.Invalid($"{place}.effect", toleration["effect"], "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }

            switch (@operator)
            {
                case "" or "Equal":
                    var value = toleration.Text("value") ?? string.Empty;
                    if (Names.Value(value) is [var problem, ..])
                    {
                        causes.Invalid($"{place}.operator", value, problem);
                    }

                    break;
                case "Exists":
                    if (toleration.Text("value") is { Length: > 0 } given)
                    {
                        causes.Invalid($"{place}.operator", given, "value must be empty when `operator` is 'Exists'");
                    }

                    break;
                default:
                    causes.NotSupported($"{place}.operator", @operator, ["\"Equal\"", "\"Exists\""]);
                    break;
            }

            if (toleration.Text("effect") is { Length: > 0 })
            {
                causes.OneOf($"{place}.effect", toleration["effect"], "NoExecute", "NoSchedule", "PreferNoSchedule");
            }
        }
    }

    private static void NodeAffinity(JsonObject? affinity, string path, Causes causes)
    {
        SelectorValidation.Nodes(affinity.Object(Required), $"{path}.{Required}", causes);
        foreach (var (term, place) in affinity.Each(Preferred, path))
        {
            Weight(term, place, causes);
            SelectorValidation.NodeTerm(term.Object("preference"), $"{place}.preference", causes);
        }
    }

    private static void PodAffinity(JsonObject? affinity, string path, Causes causes)
    {
        foreach (var (term, place) in affinity.Each(Required, path))
        {
            Term(term, place, causes);
        }

        foreach (var (term, place) in affinity.Each(Preferred, path))
        {
            Weight(term, place, causes);
            Term(term.Object("podAffinityTerm"), $"{place}.podAffinityTerm", causes);
        }
    }

    private static void Term(JsonObject? term, string path, Causes causes)
    {
        SelectorValidation.Labels(term.Object("labelSelector"), $"{path}.labelSelector", causes);
        SelectorValidation.Labels(term.Object("namespaceSelector"), $"{path}.namespaceSelector", causes);
        var key = term.Text("topologyKey") ?? string.Empty;
        if (key.Length == 0)
        {
            causes.Required($"{path}.topologyKey", "can not be empty");
        }

        causes.Check($"{path}.topologyKey", key, Names.Qualified(key));
    }

    private static void Weight(JsonObject term, string path, Causes causes)
    {
        if (KubernetesObject.GetInt64(term, "weight") is not (>= 1 and <= 100))
        {
            causes.Invalid($"{path}.weight", term["weight"], "must be in the range 1-100");
        }
    }

    private static void Spread(JsonObject spec, string path, Causes causes)
    {
        var constraints = spec.Each("topologySpreadConstraints", path).ToList();
        for (var i = 0; i < constraints.Count; i++)
        {
            var (constraint, place) = constraints[i];
            if (KubernetesObject.GetInt64(constraint, "maxSkew") is not > 0)
            {
                causes.Invalid($"{place}.maxSkew", constraint["maxSkew"], "must be greater than zero");
            }

            causes.RequireText($"{place}.topologyKey", constraint.Text("topologyKey"));
            causes.OneOf($"{place}.whenUnsatisfiable", constraint["whenUnsatisfiable"], "DoNotSchedule", "ScheduleAnyway");
            SelectorValidation.Labels(constraint.Object("labelSelector"), $"{place}.labelSelector", causes);
            var isRepeated = constraints.Skip(i + 1).Any(other => other.Item.Text("topologyKey") == constraint.Text("topologyKey")
                && other.Item.Text("whenUnsatisfiable") == constraint.Text("whenUnsatisfiable"));
            if (isRepeated)
            {
                causes.Duplicate($"{place}.{{topologyKey, whenUnsatisfiable}}", $"{{{constraint.Text("topologyKey")}, {constraint.Text("whenUnsatisfiable")}}}");
            }
        }
    }
}
