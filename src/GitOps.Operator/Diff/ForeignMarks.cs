using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Finds the marks that other reconcilers leave on what they manage. A mark that we apply ourselves, because it stands in the
/// manifest, says nothing. Runs for every event: an object without marks costs a few look-ups and no memory.
/// </summary>
internal static class ForeignMarks
{
    private const string Flux = "kustomize.toolkit.fluxcd.io/";
    private const string FluxHelm = "helm.toolkit.fluxcd.io/";
    private const string Name = "name";
    private const string Namespace = "namespace";
    private const string ArgoTracking = "argocd.argoproj.io/tracking-id";
    private const string ArgoInstance = "argocd.argoproj.io/instance";
    private const string Instance = "app.kubernetes.io/instance";
    private const string ReleaseName = "meta.helm.sh/release-name";
    private const string ReleaseNamespace = "meta.helm.sh/release-namespace";
    private const string ConfigSyncManaged = "configmanagement.gke.io/managed";
    private const string ConfigSyncManager = "configsync.gke.io/manager";
    private const string KappApp = "kapp.k14s.io/app";

    private static readonly string[] ArgoManagers = ["argocd-controller", "argocd-application-controller"];
    private static readonly string[] FluxManagers = ["kustomize-controller"];
    private static readonly string[] FluxHelmManagers = ["helm-controller"];
    private static readonly string[] HelmManagers = ["helm"];
    private static readonly string[] ConfigSyncManagers = ["configsync"];
    private static readonly string[] KappManagers = ["kapp", "kapp-server-side-apply"];

    /// <param name="live">The object.</param>
    /// <param name="manager">Our field manager.</param>
    /// <returns>The first that counts, in the order of <see cref="ForeignTool"/>; null: there is none.</returns>
    public static ForeignMark? Find(KubernetesObject live, string manager)
    {
        var (labels, annotations) = (live.Labels, live.Annotations);
        if (labels is not null)
        {
            if (Has(labels, FluxHelm + Name) && !IsOurs(live, manager, "f:labels", FluxHelm + Name))
            {
                return Mark(live, manager, ForeignTool.FluxHelmRelease, Text(labels, FluxHelm + Namespace), Text(labels, FluxHelm + Name), FluxHelmManagers);
            }

            if (Has(labels, Flux + Name) && !IsOurs(live, manager, "f:labels", Flux + Name))
            {
                return Mark(live, manager, ForeignTool.FluxKustomization, Text(labels, Flux + Namespace), Text(labels, Flux + Name), FluxManagers);
            }
        }

        return Argo(live, manager, labels, annotations) ?? Others(live, manager, labels, annotations);
    }

    private static ForeignMark? Argo(KubernetesObject live, string manager, JsonObject? labels, JsonObject? annotations)
    {
        if (annotations is not null && Has(annotations, ArgoTracking) && TrackedBy(Text(annotations, ArgoTracking), live) is { } owner
            && !IsOurs(live, manager, "f:annotations", ArgoTracking))
        {
            return Mark(live, manager, ForeignTool.ArgoCd, owner.Namespace, owner.Name, ArgoManagers);
        }

        if (labels is null)
        {
            return null;
        }

        if (Has(labels, ArgoInstance) && !IsOurs(live, manager, "f:labels", ArgoInstance))
        {
            return Mark(live, manager, ForeignTool.ArgoCd, string.Empty, Text(labels, ArgoInstance), ArgoManagers);
        }

        // Everybody uses this label: it is Argo CD's only on what Argo CD has written.
        return Has(labels, Instance) && LastWrite(live, ArgoManagers) is not null && !IsOurs(live, manager, "f:labels", Instance)
            ? Mark(live, manager, ForeignTool.ArgoCd, string.Empty, Text(labels, Instance), ArgoManagers)
            : null;
    }

    private static ForeignMark? Others(KubernetesObject live, string manager, JsonObject? labels, JsonObject? annotations)
    {
        if (annotations is not null && Has(annotations, ConfigSyncManaged) && Text(annotations, ConfigSyncManaged) == "enabled"
            && !IsOurs(live, manager, "f:annotations", ConfigSyncManaged))
        {
            return Mark(live, manager, ForeignTool.ConfigSync, string.Empty, Text(annotations, ConfigSyncManager), ConfigSyncManagers);
        }

        if (labels is not null && Has(labels, KappApp) && !IsOurs(live, manager, "f:labels", KappApp))
        {
            return Mark(live, manager, ForeignTool.Kapp, string.Empty, Text(labels, KappApp), KappManagers);
        }

        return annotations is not null && Has(annotations, ReleaseName) && !IsOurs(live, manager, "f:annotations", ReleaseName)
            ? Mark(live, manager, ForeignTool.Helm, Text(annotations, ReleaseNamespace), Text(annotations, ReleaseName), HelmManagers)
            : null;
    }

    private static ForeignMark Mark(KubernetesObject live, string manager, ForeignTool tool, string home, string name, string[] managers) => new(
        tool, home, name,
        OwnEntry.Find(live, manager) is { } own && string.CompareOrdinal(LastWrite(live, managers), own.Time) > 0);

    private static bool Has(JsonObject texts, string key) => texts.ContainsKey(key);

    private static string Text(JsonObject texts, string key) => KubernetesObject.GetString(texts, key) ?? string.Empty;

    private static bool IsOurs(KubernetesObject live, string manager, string map, string key) =>
        OwnEntry.Find(live, manager)?.FieldsV1["f:metadata"]?[map] is JsonObject owned && owned.ContainsKey("f:" + key);

    /// <summary><c>app:group/Kind:namespace/name</c>, where app is <c>namespace_name</c> outside Argo CD's own; a copied one names another object.</summary>
    private static (string Namespace, string Name)? TrackedBy(string trackingId, KubernetesObject live)
    {
        var parts = trackingId.Split(':', 3);
        var key = live.Key;
        if (parts.Length < 3 || parts[1] != $"{key.Group}/{key.Kind}" || parts[2][(parts[2].IndexOf('/', StringComparison.Ordinal) + 1)..] != key.Name
            || (key.Namespace.Length > 0 && !parts[2].StartsWith(key.Namespace + "/", StringComparison.Ordinal)))
        {
            return null;
        }

        var split = parts[0].IndexOf('_', StringComparison.Ordinal);
        return split < 0 ? (string.Empty, parts[0]) : (parts[0][..split], parts[0][(split + 1)..]);
    }

    // Times are RFC 3339 in UTC, to the second: their order is that of their texts.
    private static string? LastWrite(KubernetesObject live, string[] managers)
    {
        string? last = null;
        if (live.Metadata?["managedFields"] is JsonArray entries)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                if (entries[i] is JsonObject entry && Array.Exists(managers, name => Is(entry["manager"], name))
                    && (KubernetesObject.GetString(entry, "time") ?? string.Empty) is var time && string.CompareOrdinal(time, last) > 0)
                {
                    last = time;
                }
            }
        }

        return last;
    }

    private static bool Is(JsonNode? node, string text) => node is JsonValue value
        && (value.TryGetValue(out JsonElement element) ? element.ValueKind == JsonValueKind.String && element.ValueEquals(text)
            : value.TryGetValue(out string? found) && found == text);
}
