using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>One page of an Application's inventory: what it manages, and what it was rendered from.</summary>
internal sealed record ResourceInventory
{
    /// <summary>Entries on one page.</summary>
    public const int MaxEntries = 1000;

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>The Application's name; it lives in the same namespace.</summary>
    public required string Application { get; init; }

    /// <summary>The Application's uid: an inventory of a former Application of that name is not ours.</summary>
    public required string ApplicationUid { get; init; }

    /// <summary>Counted from 0.</summary>
    public required int Page { get; init; }

    /// <summary>How many pages belong together: one that is missing makes all of it unknown.</summary>
    public required int Pages { get; init; }

    public InventoryHeader? Header { get; init; }

    public ImmutableArray<InventoryEntry> Entries { get; init; } = [];

    /// <summary>How many syncs had succeeded when what is said of changes, here and at the entries, was written.</summary>
    public long ChangesAfter { get; init; }

    /// <summary>What was deleted since the last sync that succeeded, and stood on this page.</summary>
    public ImmutableArray<ObjectKey> Deleted { get; init; } = [];

    /// <summary>Null before it was stored.</summary>
    public string? Uid { get; init; }

    /// <summary>Null before it was stored.</summary>
    public string? ResourceVersion { get; init; }

    public string? DeletionTimestamp { get; init; }

    public NamespacedName ApplicationKey => new(Namespace, Application);

    /// <summary>As it is applied: with owner reference, finalizer and label, without uid and resourceVersion.</summary>
    public KubernetesObject ToObject() => new(new JsonObject
    {
        ["apiVersion"] = Names.ApiVersion,
        ["kind"] = Names.ResourceInventoryKind,
        ["metadata"] = new JsonObject
        {
            ["namespace"] = Namespace,
            ["name"] = Name,
            ["labels"] = new JsonObject { [Names.ApplicationLabel] = Marks.LabelValue(ApplicationKey) },
            ["finalizers"] = new JsonArray(Names.InventoryFinalizer),
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = Names.ApiVersion,
                ["kind"] = Names.ApplicationKind,
                ["name"] = Application,
                ["uid"] = ApplicationUid,
                // No blockOwnerDeletion: the page outlives its Application, which must not wait for it.
                ["controller"] = true,
            }),
        },
        ["spec"] = ApiJson.ToJson(InventorySpec.Of(this), ApiJson.Default.InventorySpec),
    });

    /// <summary>
    /// Reads a page. Strict: a page with anything wrong in it is unreadable, for what is left out would look like gone.
    /// </summary>
    public static bool TryParse(
        KubernetesObject found, [NotNullWhen(true)] out ResourceInventory? page, [NotNullWhen(false)] out string? error)
    {
        page = null;
        if (found.Json["spec"] is not JsonObject json)
        {
            error = "spec: expected an object";
            return false;
        }

        var spec = ApiJson.Read(json, ApiJson.Default.InventorySpec, "spec", out var errors);
        if (errors.Count > 0 || spec is null)
        {
            error = string.Join("; ", errors.Select(static item => $"{item.Path}: expected {item.Expected}"));
            return false;
        }

        if (OwnerUid(found, spec.Application) is not { } ownerUid)
        {
            error = $"metadata.ownerReferences: no reference to the Application {spec.Application}";
            return false;
        }

        error = null;
        page = new()
        {
            Namespace = found.Namespace,
            Name = found.Name,
            Application = spec.Application,
            ApplicationUid = ownerUid,
            Page = spec.Page,
            Pages = spec.Pages,
            Header = spec.Header,
            Entries = [.. spec.Entries.Select(static entry => entry.ToEntry())],
            ChangesAfter = spec.ChangesAfter ?? 0,
            Deleted = [.. spec.Deleted.Select(static key => key.ToKey())],
            Uid = found.Uid,
            ResourceVersion = found.ResourceVersion,
            DeletionTimestamp = found.DeletionTimestamp,
        };
        return true;
    }

    private static string? OwnerUid(KubernetesObject found, string application) =>
        (found.Metadata?["ownerReferences"] as JsonArray)?.OfType<JsonObject>()
            .Where(owner => KubernetesObject.GetString(owner, "kind") == Names.ApplicationKind
                && KubernetesObject.GetString(owner, "name") == application
                && KubernetesObject.GetString(owner, "apiVersion")?.StartsWith(Names.Group + "/", StringComparison.Ordinal) == true)
            .Select(static owner => KubernetesObject.GetString(owner, "uid"))
            .FirstOrDefault();
}
