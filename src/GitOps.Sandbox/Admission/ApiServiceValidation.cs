using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What an APIService has to look like.</summary>
internal static class ApiServiceValidation
{
    public static void Check(KubernetesObject next, Causes causes)
    {
        var spec = next.Json.Object("spec");
        var expected = $"{spec.Text("version")}.{spec.Text("group")}";
        if (next.Name != expected)
        {
            causes.Invalid("metadata.name", next.Name, $"must be `spec.version+\".\"+spec.group`: \"{expected}\"");
        }

        if (KubernetesObject.GetInt64(spec, "groupPriorityMinimum") is not (> 0 and <= 20_000))
        {
            causes.Invalid("spec.groupPriorityMinimum", spec?["groupPriorityMinimum"], "must be positive and less than 20000");
        }

        if (KubernetesObject.GetInt64(spec, "versionPriority") is not (> 0 and <= 1000))
        {
            causes.Invalid("spec.versionPriority", spec?["versionPriority"], "must be positive and less than 1000");
        }
    }
}
