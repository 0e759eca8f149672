using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The security settings of pods and containers.</summary>
internal static partial class PodSecurityValidation
{
    private static readonly string[] Ids = ["fsGroup", "runAsUser", "runAsGroup"];

    public static void Check(JsonObject spec, string path, Causes causes)
    {
        var security = spec.Object("securityContext");
        var place = $"{path}.securityContext";
        foreach (var name in Ids)
        {
            Id(security, name, place, causes);
        }

        if (security?["supplementalGroups"] is JsonArray groups)
        {
            for (var i = 0; i < groups.Count; i++)
            {
                if (KubernetesObject.TryGetInt64(groups[i], out var id) && id is < 0 or > int.MaxValue)
                {
                    causes.Invalid($"{place}.supplementalGroups[{i}]", groups[i], "must be between 0 and 2147483647, inclusive");
                }
            }
        }

        Sysctls(security, place, causes);
        Seccomp(security.Object("seccompProfile"), $"{place}.seccompProfile", causes);
        causes.OneOf($"{place}.fsGroupChangePolicy", security?["fsGroupChangePolicy"], "Always", "OnRootMismatch");
        if (spec.IsTrue("shareProcessNamespace") && spec.IsTrue("hostPID"))
        {
            causes.Invalid($"{place}.shareProcessNamespace", true, "ShareProcessNamespace and HostPID cannot both be enabled");
        }

        if (spec["hostUsers"]?.ToJsonString() != "false")
        {
            return;
        }

        foreach (var name in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            if (spec.IsTrue(name))
            {
                causes.Forbidden($"{path}.{name}", "when `pod.Spec.HostUsers` is false");
            }
        }
    }

    public static void Container(JsonObject container, string path, Causes causes)
    {
        if (container.Object("securityContext") is not { } security)
        {
            return;
        }

        var place = $"{path}.securityContext";
        foreach (var name in Ids)
        {
            Id(security, name, place, causes);
        }

        causes.OneOf($"{place}.procMount", security["procMount"], "Default", "Unmasked");
        Seccomp(security.Object("seccompProfile"), $"{place}.seccompProfile", causes);
        if (security["allowPrivilegeEscalation"]?.ToJsonString() != "false")
        {
            return;
        }

        if (security.IsTrue("privileged"))
        {
            causes.Invalid(place, string.Empty, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }

        if (security.Object("capabilities").Texts("add").Contains("CAP_SYS_ADMIN", StringComparer.Ordinal))
        {
            causes.Invalid(place, string.Empty, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
    }

    private static void Id(JsonObject? security, string name, string path, Causes causes)
    {
        if (KubernetesObject.GetInt64(security, name) is < 0 or > int.MaxValue)
        {
            causes.Invalid($"{path}.{name}", security![name], "must be between 0 and 2147483647, inclusive");
        }
    }

    private static void Seccomp(JsonObject? profile, string path, Causes causes)
    {
        if (profile is null)
        {
            return;
        }

        causes.OneOf($"{path}.type", profile["type"], "Localhost", "RuntimeDefault", "Unconfined");
        if (profile.Text("type") == "Localhost")
        {
            causes.RequireText($"{path}.localhostProfile", profile.Text("localhostProfile"));
        }
        else if (profile["localhostProfile"] is not null)
        {
            causes.Invalid($"{path}.localhostProfile", profile["localhostProfile"], "can only be set when seccomp type is Localhost");
        }
    }

    private static void Sysctls(JsonObject? security, string path, Causes causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (sysctl, place) in security.Each("sysctls", path))
        {
            var name = sysctl.Text("name") ?? string.Empty;
            if (name.Length == 0)
            {
                causes.Required($"{place}.name");
            }
            else if (!SysctlName().IsMatch(name) || name.Length > 253)
            {
                causes.Invalid($"{place}.name", name, "must have at most 253 characters and match regex "
                    + "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
            }
            else if (!seen.Add(name))
            {
                causes.Duplicate($"{place}.name", name);
            }
        }
    }

    [GeneratedRegex(@"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SysctlName();
}
