using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Plugins;

/// <summary>The pod security standards: what the levels baseline and restricted, in their latest version, do not allow.</summary>
internal static class PodStandards
{
    private static readonly string[] Capabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    private static readonly string[] Volumes =
    [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
    ];

    private static readonly string[] Sysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ];

    private static readonly string[] SELinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
    private static readonly string[] SELinuxNames = ["user", "role"];
    private static readonly string[] HostNamespaceFields = ["hostNetwork", "hostPID", "hostIPC"];
    private static readonly string[] Seccomp = ["Localhost", "RuntimeDefault"];

    /// <summary>What a pod's spec violates, each with its details; nothing if the level allows it.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="level">privileged, baseline or restricted.</param>
    public static IReadOnlyList<string> Violations(JsonObject spec, string level)
    {
        if (level == "privileged")
        {
            return [];
        }

        var isRestricted = level == "restricted";
        List<string?> all = [AppArmor(spec)];
        if (!isRestricted)
        {
            all.Add(AddedCapabilities(spec));
        }

        all.AddRange([HostNamespaces(spec), isRestricted ? null : HostPaths(spec), HostPorts(spec), ProbeHosts(spec), Privileged(spec), isRestricted || HasUserNamespace(spec) ? null : ProcMount(spec), SELinux(spec)]);
        if (!isRestricted)
        {
            all.Add(SeccompBaseline(spec));
        }

        all.AddRange([Sysctl(spec), WindowsHostProcess(spec)]);
        if (isRestricted)
        {
            all.AddRange([Escalation(spec), RestrictedCapabilities(spec), ProcMount(spec), RestrictedVolumes(spec), NonRoot(spec), RootUser(spec), SeccompRestricted(spec)]);
        }

        return [.. all.OfType<string>()];
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) =>
        spec.Objects("initContainers").Concat(spec.Objects("containers")).Concat(spec.Objects("ephemeralContainers"));

    private static JsonObject? Context(JsonObject json) => json.Object("securityContext");

    private static List<string> Names(IEnumerable<JsonObject> items) => [.. items.Select(static item => item.Text("name") ?? string.Empty)];

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"\"{name}\""));

    private static string Of(string what, List<string> names) => $"{what}{(names.Count == 1 ? string.Empty : "s")} {Quote(names)}";

    private static List<string> Distinct(IEnumerable<string> values) => [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static List<string> Texts(JsonObject? json, string name) => [.. (json?[name] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty)];

    private static bool? Flag(JsonObject? json, string name) => json?[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    private static bool IsWindows(JsonObject spec) => spec.Object("os").Text("name") == "windows";

    private static bool HasUserNamespace(JsonObject spec) => Flag(spec, "hostUsers") is false;

    /// <summary>The pod and the containers whose security context is of a kind: <c>pod and container "c"</c>; null if there are none.</summary>
    private static string? Setters(JsonObject spec, Func<JsonObject, bool> isBad)
    {
        var setters = new List<string>();
        if (Context(spec) is { } own && isBad(own))
        {
            setters.Add("pod");
        }

        var containers = Names(Containers(spec).Where(container => Context(container) is { } context && isBad(context)));
        if (containers.Count > 0)
        {
            setters.Add(Of("container", containers));
        }

        return setters.Count == 0 ? null : string.Join(" and ", setters);
    }

    private static IEnumerable<JsonObject> Contexts(JsonObject spec) => Containers(spec).Prepend(spec).Select(Context).OfType<JsonObject>();

    private static string? AppArmor(JsonObject spec)
    {
        static string? Type(JsonObject context) => context.Object("appArmorProfile").Text("type");
        static bool IsBad(JsonObject context) => Type(context) is { } type && type is not ("RuntimeDefault" or "Localhost");
        var values = Distinct(Contexts(spec).Where(IsBad).Select(static context => Type(context)!));
        return Setters(spec, IsBad) is { } setters
            ? $"forbidden AppArmor profile{(values.Count == 1 ? string.Empty : "s")} ({setters} must not set AppArmor profile type to {Quote(values)})"
            : null;
    }

    private static string? AddedCapabilities(JsonObject spec)
    {
        List<string> Bad(JsonObject container) =>
            [.. Texts(Context(container).Object("capabilities"), "add").Where(static name => !Capabilities.Contains(name, StringComparer.Ordinal))];
        var containers = Containers(spec).Where(container => Bad(container).Count > 0).ToList();
        return containers.Count == 0 ? null
            : $"non-default capabilities ({Of("container", Names(containers))} must not include {Quote(Distinct(containers.SelectMany(Bad)))} in securityContext.capabilities.add)";
    }

    private static string? HostNamespaces(JsonObject spec)
    {
        var used = HostNamespaceFields.Where(name => spec.IsTrue(name)).Select(static name => name + "=true").ToList();
        return used.Count == 0 ? null : $"host namespaces ({string.Join(", ", used)})";
    }

    private static string? HostPaths(JsonObject spec)
    {
        var names = Names(spec.Objects("volumes").Where(static volume => volume.Object("hostPath") is not null));
        return names.Count == 0 ? null : $"hostPath volumes ({Of("volume", names)})";
    }

    private static string? HostPorts(JsonObject spec)
    {
        static IEnumerable<long> Ports(JsonObject container) => container.Objects("ports").Select(static port => KubernetesObject.GetInt64(port, "hostPort") ?? 0).Where(static port => port != 0);
        var names = Names(Containers(spec).Where(static container => Ports(container).Any()));
        var ports = Distinct(Containers(spec).SelectMany(Ports).Select(static port => port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return names.Count == 0 ? null
            : $"hostPort ({Of("container", names)} {(names.Count == 1 ? "uses" : "use")} hostPort{(ports.Count == 1 ? string.Empty : "s")} {string.Join(", ", ports)})";
    }

    private static string? ProbeHosts(JsonObject spec)
    {
        static IEnumerable<string> Hosts(JsonObject container)
        {
            var lifecycle = container.Object("lifecycle");
            JsonObject?[] handlers =
            [
                container.Object("livenessProbe"), container.Object("readinessProbe"), container.Object("startupProbe"), lifecycle.Object("postStart"), lifecycle.Object("preStop"),
            ];
            return handlers.SelectMany(static handler => new[] { handler.Object("httpGet").Text("host"), handler.Object("tcpSocket").Text("host") })
                .OfType<string>().Where(static host => host.Length > 0);
        }

        var names = Distinct(Names(Containers(spec).Where(static container => Hosts(container).Any())));
        var hosts = Distinct(Containers(spec).SelectMany(Hosts));
        return names.Count == 0 ? null
            : $"probe or lifecycle host ({Of("container", names)} {(names.Count == 1 ? "uses" : "use")} {Of("probe or lifecycle host", hosts)})";
    }

    private static string? Privileged(JsonObject spec)
    {
        var names = Names(Containers(spec).Where(static container => Context(container).IsTrue("privileged")));
        return names.Count == 0 ? null : $"privileged ({Of("container", names)} must not set securityContext.privileged=true)";
    }

    private static string? ProcMount(JsonObject spec)
    {
        static string? Type(JsonObject container) => Context(container).Text("procMount") is { } type && type != "Default" ? type : null;
        var containers = Containers(spec).Where(static container => Type(container) is not null).ToList();
        return containers.Count == 0 ? null
            : $"procMount ({Of("container", Names(containers))} must not set securityContext.procMount to {Quote(Distinct(containers.Select(Type).OfType<string>()))})";
    }

    private static string? SELinux(JsonObject spec)
    {
        static JsonObject? Options(JsonObject context) => context.Object("seLinuxOptions");
        static string? BadType(JsonObject context) =>
            Options(context) is { } options && !SELinuxTypes.Contains(options.Text("type") ?? string.Empty, StringComparer.Ordinal) ? options.Text("type") : null;
        static bool Has(JsonObject context, string name) => Options(context).Text(name) is { Length: > 0 };
        if (Setters(spec, static context => BadType(context) is not null || Has(context, "user") || Has(context, "role")) is not { } setters)
        {
            return null;
        }

        var data = new List<string>();
        if (Distinct(Contexts(spec).Select(BadType).OfType<string>()) is { Count: > 0 } types)
        {
            data.Add(Of("type", types));
        }

        data.AddRange(SELinuxNames.Where(name => Contexts(spec).Any(context => Has(context, name))).Select(static name => $"{name} may not be set"));
        return $"seLinuxOptions ({setters} set forbidden securityContext.seLinuxOptions: {string.Join("; ", data)})";
    }

    private static string? SeccompType(JsonObject? context) => context.Object("seccompProfile").Text("type");

    private static string? SeccompBaseline(JsonObject spec)
    {
        static bool IsBad(JsonObject context) => SeccompType(context) is { } type && !Seccomp.Contains(type, StringComparer.Ordinal);
        return Setters(spec, IsBad) is { } setters
            ? $"seccompProfile ({setters} must not set securityContext.seccompProfile.type to {Quote(Distinct(Contexts(spec).Where(IsBad).Select(static context => SeccompType(context)!)))})"
            : null;
    }

    private static string? SeccompRestricted(JsonObject spec)
    {
        if (IsWindows(spec))
        {
            return null;
        }

        if (SeccompBaseline(spec) is { } explicitly)
        {
            return explicitly;
        }

        var names = SeccompType(Context(spec)) is not null ? [] : Names(Containers(spec).Where(static container => SeccompType(Context(container)) is null));
        return names.Count == 0 ? null
            : $"seccompProfile (pod or {Of("container", names)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    }

    private static string? Sysctl(JsonObject spec)
    {
        var names = Names(Context(spec).Objects("sysctls")).Where(static name => !Sysctls.Contains(name, StringComparer.Ordinal)).ToList();
        return names.Count == 0 ? null : $"forbidden sysctls ({string.Join(", ", names)})";
    }

    private static string? WindowsHostProcess(JsonObject spec) =>
        Setters(spec, static context => context.Object("windowsOptions").IsTrue("hostProcess")) is { } setters
            ? $"hostProcess ({setters} must not set securityContext.windowsOptions.hostProcess=true)"
            : null;

    private static string? Escalation(JsonObject spec)
    {
        var names = Names(Containers(spec).Where(static container => Flag(Context(container), "allowPrivilegeEscalation") is not false));
        return names.Count == 0 || IsWindows(spec) ? null
            : $"allowPrivilegeEscalation != false ({Of("container", names)} must set securityContext.allowPrivilegeEscalation=false)";
    }

    private static string? RestrictedCapabilities(JsonObject spec)
    {
        static List<string> Added(JsonObject container) => [.. Texts(Context(container).Object("capabilities"), "add").Where(static name => name != "NET_BIND_SERVICE")];
        var missing = Names(Containers(spec).Where(static container => !Texts(Context(container).Object("capabilities"), "drop").Contains("ALL")));
        var adding = Containers(spec).Where(static container => Added(container).Count > 0).ToList();
        var details = new List<string>();
        if (missing.Count > 0)
        {
            details.Add($"{Of("container", missing)} must set securityContext.capabilities.drop=[\"ALL\"]");
        }

        if (adding.Count > 0)
        {
            details.Add($"{Of("container", Names(adding))} must not include {Quote(Distinct(adding.SelectMany(Added)))} in securityContext.capabilities.add");
        }

        return details.Count == 0 || IsWindows(spec) ? null : $"unrestricted capabilities ({string.Join("; ", details)})";
    }

    private static string? RestrictedVolumes(JsonObject spec)
    {
        static string Type(JsonObject volume) => volume.Select(static member => member.Key).FirstOrDefault(static name => name != "name") ?? "unknown";
        var bad = spec.Objects("volumes").Where(static volume => !Volumes.Any(volume.ContainsKey)).ToList();
        return bad.Count == 0 ? null
            : $"restricted volume types ({Of("volume", Names(bad))} {(bad.Count == 1 ? "uses" : "use")} {Of("restricted volume type", Distinct(bad.Select(Type)))})";
    }

    private static string? NonRoot(JsonObject spec)
    {
        if (HasUserNamespace(spec))
        {
            return null;
        }

        if (Setters(spec, static context => Flag(context, "runAsNonRoot") is false) is { } setters)
        {
            return $"runAsNonRoot != true ({setters} must not set securityContext.runAsNonRoot=false)";
        }

        var names = Flag(Context(spec), "runAsNonRoot") is true ? [] : Names(Containers(spec).Where(static container => Flag(Context(container), "runAsNonRoot") is null));
        return names.Count == 0 ? null : $"runAsNonRoot != true (pod or {Of("container", names)} must set securityContext.runAsNonRoot=true)";
    }

    private static string? RootUser(JsonObject spec) =>
        !HasUserNamespace(spec) && Setters(spec, static context => KubernetesObject.GetInt64(context, "runAsUser") is 0) is { } setters
            ? $"runAsUser=0 ({setters} must not set runAsUser=0)"
            : null;
}
